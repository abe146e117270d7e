// pair_style henrici at every step: LAMMPS's list -> the contract of docs/model-file.md -> forces, energies and virials.

#include <cmath>
#include <stdexcept>

#include "atom.h"
#include "error.h"
#include "model.h"
#include "neigh_list.h"
#include "pair_henrici.h"

using namespace LAMMPS_NS;

void PairHenrici::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  gather();
  if (list->inum == 0) return;  // a rank without atoms
  henrici::Prediction prediction{};
  std::string trouble;
  try {
    prediction = model_->evaluate(*environment_);
  } catch (const std::exception &problem) {
    trouble = problem.what();
  }
  if (!trouble.empty()) error->one(FLERR, "pair_style henrici: the model file " + path_ + " " + trouble);
  scatter(prediction);
}

/// From LAMMPS's full list to the contract: centres first, then all other atoms; pairs within the cutoff, without the skin.
void PairHenrici::gather()
{
  auto &[species, row, neighbor, displacement] = *environment_;
  const int centers = list->inum;
  const int atoms = atom->nlocal + atom->nghost;

  // ilist is 0..nlocal-1 unless another style or neigh_modify takes atoms away.
  atom_.assign(list->ilist, list->ilist + centers);
  node_.assign(atoms, -1);
  for (int k = 0; k < centers; ++k) node_[atom_[k]] = k;
  for (int i = 0; i < atoms; ++i) {
    if (node_[i] >= 0) continue;
    node_[i] = static_cast<int>(atom_.size());
    atom_.push_back(i);
  }
  species.resize(atoms);
  for (int i = 0; i < atoms; ++i) species[i] = species_[atom->type[atom_[i]]];

  std::size_t listed = 0;
  for (int k = 0; k < centers; ++k) listed += list->numneigh[atom_[k]];
  if (neighbor.size() <= listed) {  // never shrinks; one tenth more than asked, so that it soon stops growing
    neighbor.resize(listed + listed / 10 + 1);
    displacement.resize(3 * neighbor.size());
  }

  const double cutoff_squared = std::pow(model_->metadata().cutoff, 2);
  const double to_model = 1.0 / length_;
  double **const x = atom->x;
  std::int64_t pairs = 0;
  row.resize(centers + 1);
  for (int k = 0; k < centers; ++k) {
    row[k] = pairs;
    const int i = atom_[k];
    const int *const j_of = list->firstneigh[i];
    for (int n = 0; n < list->numneigh[i]; ++n) {
      const int j = j_of[n] & NEIGHMASK;
      const double dx = (x[j][0] - x[i][0]) * to_model;
      const double dy = (x[j][1] - x[i][1]) * to_model;
      const double dz = (x[j][2] - x[i][2]) * to_model;
      // Written in any case, into the place of the next pair; kept if within. A branch here is mispredicted half of the time.
      neighbor[pairs] = node_[j];
      double *const r = &displacement[3 * pairs];
      r[0] = dx;
      r[1] = dy;
      r[2] = dz;
      pairs += dx * dx + dy * dy + dz * dz < cutoff_squared;
    }
  }
  row[centers] = pairs;
}

/// F_i += sum_j g_ij, F_j -= g_ij, W -= sum r_ij (x) g_ij: g is dE/d(r_j - r_i), so it pulls i towards where E falls.
/// Energies are of the centres alone; half of each pair's virial goes to each of its atoms.
void PairHenrici::scatter(const henrici::Prediction &prediction)
{
  const auto &[species, row, neighbor, displacement] = *environment_;
  double **const f = atom->f;
  const double to_force = energy_ / length_;
  double w_total[6] = {};
  for (int k = 0; k < list->inum; ++k) {
    const int i = atom_[k];
    const double energy = energy_ * prediction.energy[k];
    double f_i[3] = {};
    for (auto pair = row[k]; pair < row[k + 1]; ++pair) {
      const int j = atom_[neighbor[pair]];
      const double *const gradient = prediction.pair_gradient + 3 * pair;
      const double g[3] = {to_force * gradient[0], to_force * gradient[1], to_force * gradient[2]};
      for (int a = 0; a < 3; ++a) {
        f_i[a] += g[a];
        f[j][a] -= g[a];
      }
      if (!vflag_either) continue;
      const double *const r = &displacement[3 * pair];
      // The symmetric part, all that LAMMPS stores: of an energy that rotations leave alone, the sum has no other.
      const double w[6] = {-length_ * r[0] * g[0],
                           -length_ * r[1] * g[1],
                           -length_ * r[2] * g[2],
                           -length_ * 0.5 * (r[0] * g[1] + r[1] * g[0]),
                           -length_ * 0.5 * (r[0] * g[2] + r[2] * g[0]),
                           -length_ * 0.5 * (r[1] * g[2] + r[2] * g[1])};
      for (int c = 0; c < 6; ++c) w_total[c] += w[c];
      if (!vflag_atom) continue;
      for (int c = 0; c < 6; ++c) {
        vatom[i][c] += 0.5 * w[c];
        vatom[j][c] += 0.5 * w[c];
      }
    }
    // Infinities and NaNs survive the sums, so one look at each atom is enough.
    if (!std::isfinite(energy + f_i[0] + f_i[1] + f_i[2]))
      error->one(FLERR, "pair_style henrici: expected finite energies and forces from " + path_ +
                            ", got a NaN or infinity at atom " + std::to_string(atom->tag[i]) +
                            "; check the distances of its neighbours and the time step");
    for (int a = 0; a < 3; ++a) f[i][a] += f_i[a];
    if (eflag_global) eng_vdwl += energy;
    if (eflag_atom) eatom[i] += energy;
  }
  if (vflag_global)
    for (int c = 0; c < 6; ++c) virial[c] += w_total[c];
}
