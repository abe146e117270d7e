// pair_style henrici at every step: LAMMPS's list -> blocks of atoms and their neighbours -> forces, energies and virials.

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "atom.h"
#include "committee.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "pair_henrici.h"
#include "parallel.h"
#include "text.h"
#include "threads.h"

using namespace LAMMPS_NS;

namespace {

double *data(double **rows) { return rows ? rows[0] : nullptr; }

}  // namespace

void PairHenrici::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  if (neighbor->ago == 0) check_neighbors();
  list_centers();
  gather_parameters();
  const bool deviations = start_deviations();
  start_threads();
  const std::string trouble = henrici::trouble_of([&] {
    const henrici::Blocks blocks = committee_->blocks(static_cast<std::int64_t>(centers_.size()));
    henrici::parallel(blocks.count, committee_->threads(), [&](std::int64_t block, int thread) {
      const std::int64_t first = block * blocks.size;
      evaluate(thread, first, std::min<std::int64_t>(blocks.size, centers_.size() - first), deviations);
    });
  });
  stop_for(trouble);
  add_threads();
  if (deviations) finish_deviations();
}

/// By species, so that most blocks have one, and read the weights of one network. Under pair_style hybrid, atoms of other styles
/// are around: neither centres nor neighbours.
void PairHenrici::list_centers()
{
  centers_.clear();
  for (int species = 0; species < committee_->present(); ++species)
    for (int k = 0; k < list->inum; ++k)
      if (number_[atom->type[list->ilist[k]]] == species) centers_.push_back(list->ilist[k]);
}

void PairHenrici::evaluate(int thread, std::int64_t first, std::int64_t count, bool deviations)
{
  auto &mine = threads_[thread];
  gather(mine.near, first, count);
  committee_->evaluate(thread, mine.near.block(), parameters_.data() + first * sources_.size(),
                       deviations ? committee_->size() : 1, answers_, mine.near.energy.data());
  committee_->pull_back(thread, [&](const henrici::Part &part, const std::vector<double *> &models, const double *answer) {
    if (deviations)
      for (std::size_t m = 0; m < models.size(); ++m) add_model(mine, first, part, m, models[m]);
    scatter(mine, first, part, answer);
  });
}

/// The full list of LAMMPS without the skin.
void PairHenrici::gather(henrici::Neighborhood &near, std::int64_t first, std::int64_t count)
{
  const int *const centers = centers_.data() + first;
  std::int64_t listed = 0;
  for (std::int64_t k = 0; k < count; ++k) listed += list->numneigh[centers[k]];
  near.reserve(listed);
  near.row.resize(count + 1);
  near.species.resize(count);
  near.energy.resize(count);

  const double cutoff_squared = std::pow(committee_->cutoff(), 2), to_model = 1.0 / units_.length;
  const double *const x = data(atom->x);
  std::int64_t pairs = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const int i = centers[k];
    const double x_i[3] = {x[3 * i], x[3 * i + 1], x[3 * i + 2]};
    const int *const j_of = list->firstneigh[i];
    near.row[k] = pairs;
    near.species[k] = number_[atom->type[i]];
    for (int n = 0; n < list->numneigh[i]; ++n) {
      const int j = j_of[n] & NEIGHMASK;
      const int species = number_[atom->type[j]];
      const double dx = (x[3 * j] - x_i[0]) * to_model;
      const double dy = (x[3 * j + 1] - x_i[1]) * to_model;
      const double dz = (x[3 * j + 2] - x_i[2]) * to_model;
      // Written in any case, into the place of the next pair; kept if within. A branch here is mispredicted half of the time.
      near.neighbor[pairs] = j;
      near.neighbor_species[pairs] = species;
      double *const r = &near.displacement[3 * pairs];
      r[0] = dx;
      r[1] = dy;
      r[2] = dz;
      pairs += (dx * dx + dy * dy + dz * dz < cutoff_squared) & (species >= 0);
    }
  }
  near.row[count] = pairs;
}

/// F_i += sum_j g_ij, F_j -= g_ij, W -= sum r_ij (x) g_ij: g is dE/d(r_j - r_i), so it pulls i towards where E falls.
///
/// Of atoms: the energy is the centre's. compute stress/atom takes the symmetric part, half of each pair's to each of its atoms.
/// compute centroid/stress/atom takes all nine components, of each pair to the neighbour, W_j -= r_ij (x) g_ij: then
/// compute heat/flux is sum_i d(r_i e_i)/dt, as sum_j W_j v_j has to be what carries the energy that E_i loses to atom j
/// (Fan et al., Phys. Rev. B 92, 094301, 2015). Throws std::runtime_error, what is wrong with the numbers.
void PairHenrici::scatter(henrici::Thread &thread, std::int64_t first, const henrici::Part &part, const double *pair_gradient)
{
  const auto &near = thread.near;
  const double to_force = units_.force(), length = units_.length;
  double *const f = thread.forces.get();
  for (std::int64_t k = part.first; k < part.first + part.count; ++k) {
    const int i = centers_[first + k];
    const double energy = units_.energy * near.energy[k];
    double f_i[3] = {};
    for (auto pair = near.row[k]; pair < near.row[k + 1]; ++pair) {
      const int j = near.neighbor[pair];
      const double *const gradient = pair_gradient + 3 * (pair - near.row[part.first]);
      const double g[3] = {to_force * gradient[0], to_force * gradient[1], to_force * gradient[2]};
      for (int a = 0; a < 3; ++a) {
        f_i[a] += g[a];
        f[3 * j + a] -= g[a];
      }
      if (!vflag_either) continue;
      const double *const r = &near.displacement[3 * pair];
      add_virial(thread, i, j, {length * r[0], length * r[1], length * r[2]}, {g[0], g[1], g[2]});
    }
    // Infinities and NaNs survive the sums, so one look at each atom is enough.
    if (!std::isfinite(energy + f_i[0] + f_i[1] + f_i[2]))
      throw std::runtime_error("expected finite energies and forces from " + committee_->name() + ", got a NaN or infinity at atom " +
                               (atom->tag_enable ? std::to_string(atom->tag[i]) : "(no id)") +
                               "; check the distances of its neighbours and the time step");
    for (int a = 0; a < 3; ++a) f[3 * i + a] += f_i[a];
    thread.energy += energy;
    if (eflag_atom) eatom[i] += energy;
  }
}

void PairHenrici::add_virial(henrici::Thread &thread, int i, int j, const std::array<double, 3> &r, const std::array<double, 3> &g)
{
  // LAMMPS's order: xx yy zz xy xz yz yx zx zy
  const double w[9] = {-r[0] * g[0], -r[1] * g[1], -r[2] * g[2], -r[0] * g[1], -r[0] * g[2],
                       -r[1] * g[2], -r[1] * g[0], -r[2] * g[0], -r[2] * g[1]};
  for (int c = 0; c < 6; ++c) {
    // Of an energy that rotations leave alone, the sum has no antisymmetric part.
    const double symmetric = c < 3 ? w[c] : 0.5 * (w[c] + w[c + 3]);
    thread.virial[c] += symmetric;
    if (!vflag_atom) continue;
    thread.virials.get()[6 * i + c] += 0.5 * symmetric;
    thread.virials.get()[6 * j + c] += 0.5 * symmetric;
  }
  if (!cvflag_atom) return;
  for (int c = 0; c < 9; ++c) thread.centroid_virials.get()[9 * j + c] += w[c];
}

void PairHenrici::start_threads()
{
  const std::size_t atoms = atom->nlocal + atom->nghost;
  threads_.resize(committee_->threads());
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    auto &thread = threads_[t];
    const int number = static_cast<int>(t);
    thread.forces.begin(number, data(atom->f), 3 * atoms);
    thread.virials.begin(number, data(vatom), vflag_atom ? 6 * atoms : 0);
    thread.centroid_virials.begin(number, data(cvatom), cvflag_atom ? 9 * atoms : 0);
    thread.model_forces.begin(number, model_forces_.data(), model_forces_.size());
    thread.energy = 0.0;
    thread.virial.fill(0.0);
  }
}

void PairHenrici::add_threads()
{
  for (const auto &thread : threads_) {
    thread.forces.add_to(data(atom->f));
    if (vflag_atom) thread.virials.add_to(data(vatom));
    if (cvflag_atom) thread.centroid_virials.add_to(data(cvatom));
    thread.model_forces.add_to(model_forces_.data());
    if (eflag_global) eng_vdwl += thread.energy;
    if (vflag_global)
      for (int c = 0; c < 6; ++c) virial[c] += thread.virial[c];
  }
}
