#include "pair_henrici.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "model.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "update.h"

using namespace LAMMPS_NS;

namespace {

std::string joined(const std::vector<std::string> &words)
{
  std::string text;
  for (const auto &word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

PairHenrici::PairHenrici(LAMMPS *lmp) :
    Pair(lmp), environment_(std::make_unique<henrici::Environment>()), length_(1.0), energy_(1.0)
{
  manybody_flag = 1;
  one_coeff = 1;
  single_enable = 0;
  restartinfo = 0;  // the model is a file: an input script names it again after read_restart
  no_virial_fdotr_compute = 1;
  centroidstressflag = CENTROID_NOTAVAIL;
}

PairHenrici::~PairHenrici()
{
  if (allocated) {
    memory->destroy(setflag);
    memory->destroy(cutsq);
  }
}

/// Rank 0 reads for all: one file access instead of thousands, and every rank sees the same error.
std::vector<char> PairHenrici::read_file() const
{
  std::vector<char> bytes;
  std::string trouble;
  if (comm->me == 0) {
    std::error_code code;
    const auto size = std::filesystem::file_size(path_, code);
    std::ifstream file(path_, std::ios::binary);
    if (code || !file) {
      trouble = code ? code.message() : std::strerror(errno);
    } else {
      bytes.resize(size);
      if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) trouble = "reading failed";
    }
  }
  bigint size = trouble.empty() ? static_cast<bigint>(bytes.size()) : -1;
  MPI_Bcast(&size, 1, MPI_LMP_BIGINT, 0, world);
  if (size < 0)
    error->all(FLERR, "pair_style henrici: cannot read the model file " + path_ + ": " + trouble);
  bytes.resize(size);
  constexpr bigint CHUNK = 1 << 30;  // MPI counts are ints
  for (bigint at = 0; at < size; at += CHUNK)
    MPI_Bcast(bytes.data() + at, static_cast<int>(std::min(CHUNK, size - at)), MPI_BYTE, 0, world);
  return bytes;
}

void PairHenrici::settings(int narg, char **arg)
{
  if (narg != 1)
    error->all(FLERR, "pair_style henrici: expected one argument, the model file (pair_style henrici model.pt), got " +
                          std::to_string(narg));
  if (std::strcmp(update->unit_style, "metal") != 0)
    error->all(FLERR, std::string("pair_style henrici: expected units metal, got units ") + update->unit_style);
  length_ = energy_ = 1.0;  // metal is eV and angstrom, as the models are

  path_ = arg[0];
  load();
}

void PairHenrici::load()
{
  auto bytes = read_file();
  std::string trouble;
  try {
    model_ = std::make_unique<henrici::Model>(std::move(bytes));
    if (model_->metadata().reach != 1)
      trouble = "reaches " + std::to_string(model_->metadata().reach) +
          " cutoffs; the pair style supports models that reach 1";
  } catch (const std::exception &problem) {
    trouble = problem.what();
  }
  // The ranks hold the same bytes, so they agree, unless the machine (out of memory) failed one of them.
  int failed = trouble.empty() ? 0 : 1, failures = 0;
  MPI_Allreduce(&failed, &failures, 1, MPI_INT, MPI_SUM, world);
  const std::string message = "pair_style henrici: the model file " + path_ + " " + trouble;
  if (failures == comm->nprocs) error->all(FLERR, message);
  if (failed) error->one(FLERR, message);
  if (failures) MPI_Barrier(world);  // the rank that failed ends the run
}

void PairHenrici::coeff(int narg, char **arg)
{
  const int types = atom->ntypes;
  const auto &known = model_->metadata().species;
  // LAMMPS has seen to it that the first two are * *, since one_coeff is set.
  if (narg != 2 + types)
    error->all(FLERR, "pair_coeff for henrici: expected * * and " + std::to_string(types) +
                          " elements, one for each atom type, got " + std::to_string(narg - 2));
  species_.assign(types + 1, -1);
  for (int type = 1; type <= types; ++type) {
    const std::string element = arg[1 + type];
    if (element == "NULL")
      error->all(FLERR, "pair_coeff for henrici: expected an element for atom type " + std::to_string(type) +
                            ", got NULL, which is not supported yet; the model knows " + joined(known));
    const auto found = std::find(known.begin(), known.end(), element);
    if (found == known.end())
      error->all(FLERR, "pair_coeff for henrici: the model does not know the element " + element + " of atom type " +
                            std::to_string(type) + "; it knows " + joined(known));
    species_[type] = static_cast<int>(found - known.begin());
  }

  if (!allocated) {
    allocated = 1;
    memory->create(setflag, types + 1, types + 1, "pair:setflag");
    memory->create(cutsq, types + 1, types + 1, "pair:cutsq");
  }
  for (int i = 1; i <= types; ++i)
    for (int j = i; j <= types; ++j) setflag[i][j] = 1;
}

void PairHenrici::init_style()
{
  if (!force->newton_pair)
    error->all(FLERR, "pair_style henrici: expected newton on, got newton off; forces on ghost atoms must be sent home");
  // LAMMPS leaves bonded pairs out of the list if their weights are zero, its default; the model would miss neighbours.
  if (atom->molecular != Atom::ATOMIC)
    for (int order = 1; order <= 3; ++order)
      if (force->special_lj[order] == 0.0 && force->special_coul[order] == 0.0 && atom->nbonds > 0)
        error->all(FLERR, "pair_style henrici: expected special_bonds lj/coul 1 1 1, got a zero weight, "
                          "which hides bonded neighbours from the model");
  henrici::Model::use_threads(comm->nthreads);
  neighbor->add_request(this, NeighConst::REQ_FULL);
}

double PairHenrici::init_one(int, int)
{
  return model_->metadata().cutoff * length_;
}

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
  if (neighbor.size() < listed) {  // never shrinks; one tenth more than asked, so that it soon stops growing
    neighbor.resize(listed + listed / 10);
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
      if (dx * dx + dy * dy + dz * dz >= cutoff_squared) continue;
      neighbor[pairs] = node_[j];
      double *const r = &displacement[3 * pairs++];
      r[0] = dx;
      r[1] = dy;
      r[2] = dz;
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
  for (int k = 0; k < list->inum; ++k) {
    const int i = atom_[k];
    const double energy = energy_ * prediction.energy[k];
    double total[3] = {0.0, 0.0, 0.0};
    for (auto pair = row[k]; pair < row[k + 1]; ++pair) {
      const int j = atom_[neighbor[pair]];
      const double *const gradient = prediction.pair_gradient + 3 * pair;
      const double g[3] = {to_force * gradient[0], to_force * gradient[1], to_force * gradient[2]};
      for (int a = 0; a < 3; ++a) {
        total[a] += g[a];
        f[j][a] -= g[a];
      }
      if (vflag_either) tally_virial(i, j, &displacement[3 * pair], g);
    }
    // Infinities and NaNs survive the sums, so one look at each atom is enough.
    if (!std::isfinite(energy + total[0] + total[1] + total[2]))
      error->one(FLERR, "pair_style henrici: expected finite energies and forces from " + path_ + ", got a NaN or infinity at atom " +
                            std::to_string(atom->tag[i]) + "; check its neighbours' distances and the time step");
    for (int a = 0; a < 3; ++a) f[i][a] += total[a];
    if (eflag_global) eng_vdwl += energy;
    if (eflag_atom) eatom[i] += energy;
  }
}

/// The symmetric part, which is all that LAMMPS stores: of a model that is invariant under rotation, the sum has no other.
void PairHenrici::tally_virial(int i, int j, const double *displacement, const double *g)
{
  const double r[3] = {length_ * displacement[0], length_ * displacement[1], length_ * displacement[2]};
  const double w[6] = {-r[0] * g[0],
                       -r[1] * g[1],
                       -r[2] * g[2],
                       -0.5 * (r[0] * g[1] + r[1] * g[0]),
                       -0.5 * (r[0] * g[2] + r[2] * g[0]),
                       -0.5 * (r[1] * g[2] + r[2] * g[1])};
  for (int c = 0; c < 6; ++c) {
    if (vflag_global) virial[c] += w[c];
    if (vflag_atom) {
      vatom[i][c] += 0.5 * w[c];
      vatom[j][c] += 0.5 * w[c];
    }
  }
}

double PairHenrici::memory_usage()
{
  const auto &[species, row, neighbor, displacement] = *environment_;
  const auto bytes = [](const auto &buffer) { return static_cast<double>(buffer.capacity() * sizeof(buffer[0])); };
  return Pair::memory_usage() + bytes(species) + bytes(row) + bytes(neighbor) + bytes(displacement) + bytes(node_) +
      bytes(atom_);
}
