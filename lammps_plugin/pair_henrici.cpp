// pair_style henrici: what an input script says. pair_compute.cpp: what happens at every step.

#include "pair_henrici.h"

#include <algorithm>
#include <cerrno>
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
    model_ = henrici::open_model(std::move(bytes));
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
  model_->use_threads(comm->nthreads);
  neighbor->add_request(this, NeighConst::REQ_FULL);
}

double PairHenrici::init_one(int, int)
{
  return model_->metadata().cutoff * length_;
}

double PairHenrici::memory_usage()
{
  const auto &[species, row, neighbor, displacement] = *environment_;
  const auto bytes = [](const auto &buffer) { return static_cast<double>(buffer.capacity() * sizeof(buffer[0])); };
  return Pair::memory_usage() + bytes(species) + bytes(row) + bytes(neighbor) + bytes(displacement) + bytes(node_) +
      bytes(atom_);
}
