// pair_style henrici model.pt                                   or several: a committee, see arguments.h
// pair_coeff * * O H                                            the element of each atom type
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "committee.h"
#include "pair.h"
#include "units.h"

namespace henrici {
struct Arguments;
struct Deviation;
class DeviationFile;
struct Neighborhood;
struct Part;
struct Thread;
}  // namespace henrici

namespace LAMMPS_NS {

class PairHenrici final : public Pair {
 public:
  explicit PairHenrici(LAMMPS *lmp);
  ~PairHenrici() override;
  PairHenrici(const PairHenrici &) = delete;
  PairHenrici &operator=(const PairHenrici &) = delete;

  void settings(int narg, char **arg) override;
  void coeff(int narg, char **arg) override;
  void init_style() override;
  double init_one(int itype, int jtype) override;
  void init_list(int id, NeighList *list) override;
  void compute(int eflag, int vflag) override;
  void *extract_peratom(const char *name, int &columns) override;
  int pack_reverse_comm(int n, int first, double *buffer) override;
  void unpack_reverse_comm(int n, int *list, double *buffer) override;
  double memory_usage() override;

 private:
  void stop_for(const std::string &trouble);
  void compare_masses();
  void number_species();

  // pair_files.cpp
  std::vector<char> read_file(const std::string &path);
  void load(const henrici::Arguments &arguments);

  // pair_neighbors.cpp: what the model must see
  void check_neighbors();
  bool hides_bonded() const;
  bool hides_excluded() const;

  // pair_parameters.cpp
  void set_parameters(const henrici::Arguments &arguments);
  void find_variables();
  void gather_parameters();

  // pair_compute.cpp
  void list_centers();
  void start_threads();
  void evaluate(int thread, std::int64_t first, std::int64_t count, bool deviations);
  void gather(henrici::Neighborhood &near, std::int64_t first, std::int64_t count);
  void scatter(henrici::Thread &thread, std::int64_t first, const henrici::Part &part, const double *pair_gradient);
  void add_virial(henrici::Thread &thread, int i, int j, const std::array<double, 3> &r, const std::array<double, 3> &g);
  void add_threads();

  // pair_deviation.cpp
  void open_deviations(const henrici::Arguments &arguments);
  bool start_deviations();
  void add_model(henrici::Thread &thread, std::int64_t first, const henrici::Part &part, std::size_t model,
                 const double *pair_gradient);
  void find_virials();
  void finish_deviations();
  henrici::Deviation reduce_deviations();
  std::size_t model_components() const { return 3 * committee_->size(); }  // of an atom
  double *model_forces(int i) { return model_forces_.data() + model_components() * i; }

  /// Where the value of a parameter comes from.
  struct Source {
    std::string name, variable;  // no variable: the value
    double value;
    int index;      // of the variable
    bool per_atom;  // an atom-style variable
  };

  std::unique_ptr<henrici::Committee> committee_;
  henrici::Units units_;
  std::vector<int> species_;               // [ntypes + 1] of each atom type; -1: NULL, of another sub-style
  bool masses_compared_ = false;           // with the elements, since pair_coeff gave them
  std::vector<std::vector<bool>> covered_; // [ntypes + 1, ntypes + 1] pairs of types that LAMMPS leaves to this style
  std::vector<Source> sources_;            // [P] of the committee's parameters
  std::vector<double> atom_values_;        // [nlocal] of one of them

  std::vector<int> number_;   // [ntypes + 1] of each atom type's species among those that there are; -1 as species_
  std::vector<int> centers_;  // LAMMPS's indices of the atoms that have energies
  std::vector<double> parameters_;  // [centers, P]
  std::vector<henrici::Thread> threads_;

  henrici::Committee::Answers answers_;
  std::unique_ptr<henrici::DeviationFile> deviation_file_;  // none: not written
  bigint every_;                                            // steps between its lines
  double relative_;  // eV/angstrom, deviations are divided by |F_i| + relative_; 0: they are not
  std::vector<double> model_forces_;   // [nlocal + nghost, M, 3] eV/angstrom
  std::vector<double> model_virials_;  // [M, 6] eV
  std::vector<double> deviation_;      // [nlocal] of the forces, in the script's units, or relative
  std::array<double, 6> deviations_;   // pvector: of compute pair
};

}  // namespace LAMMPS_NS
