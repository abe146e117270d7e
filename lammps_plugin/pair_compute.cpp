// pair_style henrici at every step: LAMMPS's list -> the contract of docs/model-file.md -> forces, energies and virials.

#include <cmath>

#include "atom.h"
#include "committee.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "pair_henrici.h"
#include "text.h"

using namespace LAMMPS_NS;

void PairHenrici::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  if (neighbor->ago == 0) check_neighbors();
  gather();
  gather_parameters();
  start_deviations();
  std::string trouble;
  if (pairs_->row.size() > 1) {  // else a rank without atoms
    henrici::Prediction prediction{};
    trouble = henrici::trouble_of([&] {
      prediction = committee_->evaluate(*nodes_, *pairs_, [this](auto model, const auto &one) { add_model(model, one); });
    });
    if (trouble.empty()) trouble = scatter(prediction);
  }
  stop_for(trouble);
  finish_deviations();
}

/// From LAMMPS's full list to the contract: centres first, then the other atoms of the model; pairs within the cutoff, without
/// the skin.
void PairHenrici::gather()
{
  auto &species = nodes_->species;
  auto &[row, neighbor, displacement] = *pairs_;
  const int atoms = atom->nlocal + atom->nghost;
  const auto species_of = [this](int i) { return species_[atom->type[i]]; };

  // Under pair_style hybrid, atoms of other styles are around: neither centres nor neighbours.
  atom_.clear();
  node_.assign(atoms, -1);
  const auto add_node = [this](int i) {
    node_[i] = static_cast<int>(atom_.size());
    atom_.push_back(i);
  };
  for (int k = 0; k < list->inum; ++k)
    if (species_of(list->ilist[k]) >= 0) add_node(list->ilist[k]);
  const std::size_t centers = atom_.size();
  for (int i = 0; i < atoms; ++i)
    if (node_[i] < 0 && species_of(i) >= 0) add_node(i);
  species.resize(atom_.size());
  for (std::size_t n = 0; n < atom_.size(); ++n) species[n] = species_of(atom_[n]);

  std::size_t listed = 0;
  for (std::size_t k = 0; k < centers; ++k) listed += list->numneigh[atom_[k]];
  if (neighbor.size() <= listed) {  // never shrinks; one tenth more than asked, so that it soon stops growing
    neighbor.resize(listed + listed / 10 + 1);
    displacement.resize(3 * neighbor.size());
  }

  const double cutoff_squared = std::pow(committee_->cutoff(), 2);
  const double to_model = 1.0 / units_.length;
  double **const x = atom->x;
  std::int64_t pairs = 0;
  row.resize(centers + 1);
  for (std::size_t k = 0; k < centers; ++k) {
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
      pairs += (dx * dx + dy * dy + dz * dz < cutoff_squared) & (node_[j] >= 0);
    }
  }
  row[centers] = pairs;
}

/// F_i += sum_j g_ij, F_j -= g_ij, W -= sum r_ij (x) g_ij: g is dE/d(r_j - r_i), so it pulls i towards where E falls.
///
/// Of atoms: the energy is the centre's. compute stress/atom takes the symmetric part, half of each pair's to each of its atoms.
/// compute centroid/stress/atom takes all nine components, of each pair to the neighbour, W_j -= r_ij (x) g_ij: then
/// compute heat/flux is sum_i d(r_i e_i)/dt, as sum_j W_j v_j has to be what carries the energy that E_i loses to atom j
/// (Fan et al., Phys. Rev. B 92, 094301, 2015). Returns what is wrong with the numbers, or nothing.
std::string PairHenrici::scatter(const henrici::Prediction &prediction)
{
  const auto &[row, neighbor, displacement] = *pairs_;
  double **const f = atom->f;
  const double to_force = units_.force(), length = units_.length;
  double w_total[6] = {};
  for (std::size_t k = 0; k + 1 < row.size(); ++k) {
    const int i = atom_[k];
    const double energy = units_.energy * prediction.energy[k];
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
      const double r[3] = {length * displacement[3 * pair], length * displacement[3 * pair + 1],
                           length * displacement[3 * pair + 2]};
      // LAMMPS's order: xx yy zz xy xz yz yx zx zy
      const double w[9] = {-r[0] * g[0], -r[1] * g[1], -r[2] * g[2], -r[0] * g[1], -r[0] * g[2],
                           -r[1] * g[2], -r[1] * g[0], -r[2] * g[0], -r[2] * g[1]};
      for (int c = 0; c < 6; ++c) {
        // Of an energy that rotations leave alone, the sum has no antisymmetric part.
        const double symmetric = c < 3 ? w[c] : 0.5 * (w[c] + w[c + 3]);
        w_total[c] += symmetric;
        if (!vflag_atom) continue;
        vatom[i][c] += 0.5 * symmetric;
        vatom[j][c] += 0.5 * symmetric;
      }
      if (!cvflag_atom) continue;
      for (int c = 0; c < 9; ++c) cvatom[j][c] += w[c];
    }
    // Infinities and NaNs survive the sums, so one look at each atom is enough.
    if (!std::isfinite(energy + f_i[0] + f_i[1] + f_i[2]))
      return "expected finite energies and forces from " + committee_->name() + ", got a NaN or infinity at atom " +
          (atom->tag_enable ? std::to_string(atom->tag[i]) : "(no id)") +
          "; check the distances of its neighbours and the time step";
    for (int a = 0; a < 3; ++a) f[i][a] += f_i[a];
    if (eflag_global) eng_vdwl += energy;
    if (eflag_atom) eatom[i] += energy;
  }
  if (vflag_global)
    for (int c = 0; c < 6; ++c) virial[c] += w_total[c];
  return {};
}
