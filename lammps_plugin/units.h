// The units of the models, and those of the input script.
#pragma once

namespace henrici {

/// One angstrom and one eV in the script's units, by LAMMPS's own constants.
struct Units {
  double length = 1.0;
  double energy = 1.0;

  double force() const { return energy / length; }
};

/// Throws std::runtime_error (one line) for a style without energies of atoms.
Units units_of(const char *style);

}  // namespace henrici
