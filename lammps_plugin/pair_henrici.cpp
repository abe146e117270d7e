// pair_style henrici: what an input script says. pair_compute.cpp: what happens at every step.

#include "pair_henrici.h"

#include <algorithm>

#include "arguments.h"
#include "atom.h"
#include "comm.h"
#include "committee.h"
#include "deviation.h"
#include "error.h"
#include "force.h"
#include "masses.h"
#include "memory.h"
#include "neighbor.h"
#include "threads.h"
#include "text.h"
#include "update.h"

using namespace LAMMPS_NS;

PairHenrici::PairHenrici(LAMMPS *lmp) :
    Pair(lmp), answers_(henrici::Committee::Answers::mean), every_(0), relative_(0.0), deviations_{}
{
  manybody_flag = 1;
  one_coeff = 1;
  single_enable = 0;
  restartinfo = 0;  // as for all potentials from files: an input script names them again after read_restart
  no_virial_fdotr_compute = 1;
  centroidstressflag = CENTROID_AVAIL;
}

PairHenrici::~PairHenrici()
{
  if (allocated) {
    memory->destroy(setflag);
    memory->destroy(cutsq);
  }
}

/// Every rank says what trouble it has, or none: then all end with the one line of the first, and none waits for another.
void PairHenrici::stop_for(const std::string &trouble)
{
  const int mine = trouble.empty() ? comm->nprocs : comm->me;
  int first = comm->nprocs;
  MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, world);
  if (first == comm->nprocs) return;
  std::string message = trouble;
  int size = static_cast<int>(message.size());
  MPI_Bcast(&size, 1, MPI_INT, first, world);
  message.resize(size);
  MPI_Bcast(message.data(), size, MPI_CHAR, first, world);
  error->all(FLERR, "pair_style henrici: " + message);
}

void PairHenrici::settings(int narg, char **arg)
{
  // Also called again on the same object, by a second pair_style command: nothing of the first may stay.
  committee_.reset();
  deviation_file_.reset();
  if (!allocated) {
    allocated = 1;
    memory->create(setflag, atom->ntypes + 1, atom->ntypes + 1, "pair:setflag");
    memory->create(cutsq, atom->ntypes + 1, atom->ntypes + 1, "pair:cutsq");
  }
  for (int i = 1; i <= atom->ntypes; ++i)
    for (int j = 1; j <= atom->ntypes; ++j) setflag[i][j] = 0;

  henrici::Arguments arguments;
  stop_for(henrici::trouble_of([&] {
    units_ = henrici::units_of(update->unit_style);
    arguments = henrici::read_arguments({arg, arg + narg});
  }));
  load(arguments);
  set_parameters(arguments);
  open_deviations(arguments);
}

void PairHenrici::coeff(int narg, char **arg)
{
  if (!committee_)  // a Python program went on after an error
    error->all(FLERR, "pair_coeff for henrici: expected pair_style henrici with a model file first, got none that can be used");
  const int types = atom->ntypes;
  const auto &known = committee_->species();
  // LAMMPS has seen to it that the first two are * *, since one_coeff is set.
  if (narg != 2 + types)
    error->all(FLERR, "pair_coeff for henrici: expected * * and " + std::to_string(types) +
                          " elements, one for each atom type, got " + std::to_string(narg - 2));
  species_.assign(types + 1, -1);
  masses_compared_ = false;
  for (int type = 1; type <= types; ++type) {
    const std::string element = arg[1 + type];
    if (element == "NULL") {
      if (force->pair == this)
        error->all(FLERR, "pair_coeff for henrici: expected an element for atom type " + std::to_string(type) +
                              ", got NULL, which is for types that another style in pair_style hybrid handles; "
                              "the model knows " + henrici::joined(known));
      continue;
    }
    const auto found = std::find(known.begin(), known.end(), element);
    if (found == known.end())
      error->all(FLERR, "pair_coeff for henrici: the model does not know the element " + element + " of atom type " +
                            std::to_string(type) + "; it knows " + henrici::joined(known));
    species_[type] = static_cast<int>(found - known.begin());
  }
  for (int i = 1; i <= types; ++i)
    for (int j = i; j <= types; ++j) setflag[i][j] = species_[i] >= 0 && species_[j] >= 0;
}

/// Elements in the order of the model instead of that of the types are the commonest mistake, and only the masses show it.
void PairHenrici::compare_masses()
{
  if (masses_compared_ || !atom->mass || comm->me != 0) return;
  masses_compared_ = true;
  const auto &known = committee_->species();
  for (int type = 1; type <= atom->ntypes; ++type) {
    if (species_[type] < 0) continue;
    const auto &element = known[species_[type]];
    const auto other = henrici::better_element(atom->mass[type], element, known);
    if (!other.empty())
      error->warning(FLERR, "pair_coeff for henrici: atom type " + std::to_string(type) + " is " + element +
                                " but has the mass of " + other + "; the elements are in the order of the atom types");
  }
}

void PairHenrici::init_style()
{
  if (!force->newton_pair)
    error->all(FLERR, "pair_style henrici: expected newton on, got newton off; forces on ghost atoms must be sent home");
  if (neighbor->includegroup)
    error->all(FLERR, "pair_style henrici: expected neigh_modify without include, which hides neighbours from the model");
  covered_.assign(atom->ntypes + 1, std::vector<bool>(atom->ntypes + 1, false));
  compare_masses();
  find_variables();
  committee_->use_threads(comm->nthreads);
  number_species();
  neighbor->add_request(this, NeighConst::REQ_FULL);
}

/// Species that no atom type has are nothing to the model: it evaluates the others faster.
void PairHenrici::number_species()
{
  std::vector<std::int64_t> present(species_.begin(), species_.end());
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  present.erase(present.begin(), std::lower_bound(present.begin(), present.end(), 0));
  number_.assign(species_.size(), -1);
  for (std::size_t type = 0; type < species_.size(); ++type)
    if (species_[type] >= 0)
      number_[type] = static_cast<int>(std::lower_bound(present.begin(), present.end(), species_[type]) - present.begin());
  committee_->use_species(present);
}

/// pair_style hybrid calls this only for the pairs of types that it leaves to this style.
double PairHenrici::init_one(int itype, int jtype)
{
  covered_[itype][jtype] = covered_[jtype][itype] = true;
  return committee_->cutoff() * units_.length;
}

void PairHenrici::init_list(int id, NeighList *ptr)
{
  Pair::init_list(id, ptr);
  for (int i = 1; i <= atom->ntypes; ++i)
    for (int j = i; j <= atom->ntypes; ++j)
      if (species_[i] >= 0 && species_[j] >= 0 && !covered_[i][j])
        error->all(FLERR, "pair_style henrici: expected all pairs of its elements, but pair_coeff gives types " +
                              std::to_string(i) + " and " + std::to_string(j) +
                              " to another style, which hides neighbours from the model; use hybrid/overlay or NULL");
}

double PairHenrici::memory_usage()
{
  const auto bytes = [](const auto &... buffers) {
    return (static_cast<double>(buffers.capacity() * sizeof(buffers[0])) + ...);
  };
  double total = Pair::memory_usage() + bytes(centers_, parameters_, model_forces_, deviation_);
  for (const auto &[near, forces, virials, centroid_virials, model_forces, energy, virial] : threads_)
    total += bytes(near.row, near.species, near.neighbor_species, near.neighbor, near.displacement, near.energy) +
        forces.bytes() + virials.bytes() + centroid_virials.bytes() + model_forces.bytes();
  return total;
}
