// Neighbours that LAMMPS could hide from the model: its energies would be silently wrong, so such scripts are refused.

#include "atom.h"
#include "neighbor.h"
#include "pair_henrici.h"

using namespace LAMMPS_NS;

/// With every new list, since fixes make bonds and exclude atoms during a run.
void PairHenrici::check_neighbors()
{
  const int *const flag = neighbor->special_flag;
  const bool weights = flag[1] == 0 || flag[2] == 0 || flag[3] == 0;
  if (atom->molecular != Atom::ATOMIC && weights)
    stop_for(hides_bonded() ? "expected special_bonds lj/coul 1 1 1, got a zero weight, which hides bonded neighbours from "
                              "the model"
                            : "");
  if (neighbor->exclude)
    stop_for(hides_excluded() ? "expected no neigh_modify exclude between atoms of the model, got one, which hides "
                                "neighbours from it (fix gcmc and fix widom exclude atoms as well)"
                              : "");
}

/// Bonded pairs are left out of the list if their weights are zero, the default of special_bonds.
bool PairHenrici::hides_bonded() const
{
  for (int i = 0; i < atom->nlocal; ++i) {
    if (species_[atom->type[i]] < 0) continue;
    if (atom->molecular == Atom::TEMPLATE) return atom->nbonds > 0;  // bonds lie in the templates: any might be one
    int n = 0;
    for (int order = 1; order <= 3; ++order)
      for (; n < atom->nspecial[i][order - 1]; ++n) {
        const int j = atom->map(atom->special[i][n]);
        if (j >= 0 && species_[atom->type[j]] >= 0 && neighbor->special_flag[order] == 0) return true;
      }
  }
  return false;
}

/// By neigh_modify exclude, of which some fixes make use.
bool PairHenrici::hides_excluded() const
{
  for (int n = 0; n < neighbor->nex_type; ++n)
    if (species_[neighbor->ex1_type[n]] >= 0 && species_[neighbor->ex2_type[n]] >= 0) return true;

  const auto any = [this](int bit, int atoms) {
    for (int i = 0; i < atoms; ++i)
      if (species_[atom->type[i]] >= 0 && (atom->mask[i] & bit)) return true;
    return false;
  };
  const int local = atom->nlocal, all = local + atom->nghost;
  for (int n = 0; n < neighbor->nex_group; ++n) {
    const int one = neighbor->ex1_bit[n], other = neighbor->ex2_bit[n];
    if ((any(one, local) && any(other, all)) || (any(other, local) && any(one, all))) return true;
  }
  for (int n = 0; n < neighbor->nex_mol; ++n)
    if (any(neighbor->ex_mol_bit[n], local)) return true;
  return false;
}
