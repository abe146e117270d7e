// Neighbours that LAMMPS could hide from the model: its energies would be silently wrong, so such scripts are refused.

#include <array>

#include "atom.h"
#include "error.h"
#include "neighbor.h"
#include "pair_henrici.h"

using namespace LAMMPS_NS;

/// Bonded pairs are left out of the list if their weights are zero, the default of special_bonds.
void PairHenrici::check_bonds()
{
  if (atom->molecular == Atom::ATOMIC) return;
  int hidden = 0;
  for (int i = 0; i < atom->nlocal; ++i) {
    if (species_[atom->type[i]] < 0) continue;
    if (atom->molecular == Atom::TEMPLATE) {  // bonds lie in the templates: any might be one
      for (int order = 1; order <= 3; ++order) hidden |= atom->nbonds > 0 && neighbor->special_flag[order] == 0;
      continue;
    }
    int n = 0;
    for (int order = 1; order <= 3; ++order)
      for (; n < atom->nspecial[i][order - 1]; ++n) {
        const int j = atom->map(atom->special[i][n]);
        if (j >= 0 && species_[atom->type[j]] >= 0 && neighbor->special_flag[order] == 0) hidden = 1;
      }
  }
  int any = 0;
  MPI_Allreduce(&hidden, &any, 1, MPI_INT, MPI_MAX, world);
  if (any)
    error->all(FLERR, "pair_style henrici: expected special_bonds lj/coul 1 1 1, got a zero weight, "
                      "which hides bonded neighbours from the model");
}

/// neigh_modify exclude; fix gcmc and fix widom exclude too, atoms that they try to take away.
void PairHenrici::check_exclusions()
{
  int hidden = 0;
  for (int n = 0; n < neighbor->nex_type; ++n)
    hidden |= species_[neighbor->ex1_type[n]] >= 0 && species_[neighbor->ex2_type[n]] >= 0;

  const int *const mask = atom->mask;
  const auto mine = [&](int bit, int atoms) {
    int count = 0;
    for (int i = 0; i < atoms; ++i) count += species_[atom->type[i]] >= 0 && (mask[i] & bit);
    return count;
  };
  const int all = atom->nlocal + atom->nghost;
  for (int n = 0; n < neighbor->nex_group; ++n) {
    const auto bits = std::array{neighbor->ex1_bit[n], neighbor->ex2_bit[n]};
    hidden |= (mine(bits[0], atom->nlocal) && mine(bits[1], all)) || (mine(bits[1], atom->nlocal) && mine(bits[0], all));
  }
  for (int n = 0; n < neighbor->nex_mol; ++n) hidden |= mine(neighbor->ex_mol_bit[n], atom->nlocal) > 0;

  int any = 0;
  MPI_Allreduce(&hidden, &any, 1, MPI_INT, MPI_MAX, world);
  if (any)
    error->all(FLERR, "pair_style henrici: expected no neigh_modify exclude between atoms of the model, got one, which "
                      "hides neighbours from it (fix gcmc and fix widom exclude atoms as well)");
}
