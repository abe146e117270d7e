// What kernels and engines hand to each other: some atoms and their neighbours. No torch here, and no LAMMPS.
#pragma once

#include <cstdint>

namespace henrici {

/// Centres of energies and all pairs that they have. Species are numbered by the engine (use_species() of a potential).
struct Block {
  std::int64_t centers;
  const std::int64_t *row;               // [centers + 1] from 0: the pairs of each centre
  const std::int64_t *species;           // [centers]
  const std::int64_t *neighbor_species;  // [E]
  const double *displacement;            // [E, 3] angstrom, r_neighbor - r_center
  const double *parameters;              // [centers, P]
};

/// Where the answer goes: both are overwritten.
struct Answer {
  double *energy;         // [centers] eV
  double *pair_gradient;  // [E, 3] eV/angstrom, dE/d(displacement)
};

}  // namespace henrici
