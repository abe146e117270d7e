// pair_style henrici model.pt                                   or several: a committee, see arguments.h
// pair_coeff * * O H                                            the element of each atom type
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "pair.h"
#include "units.h"

namespace henrici {
struct Arguments;
class Committee;
struct Deviation;
class DeviationFile;
struct Nodes;
struct Pairs;
struct Prediction;
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
  void gather();
  std::string scatter(const henrici::Prediction &prediction);

  // pair_deviation.cpp
  void open_deviations(const henrici::Arguments &arguments);
  void start_deviations();
  void add_model(std::size_t model, const henrici::Prediction &prediction);
  void finish_deviations();
  henrici::Deviation reduce_deviations();

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

  std::unique_ptr<henrici::Nodes> nodes_;
  std::unique_ptr<henrici::Pairs> pairs_;
  std::vector<int> node_;  // [nlocal + nghost] of each atom; -1: none
  std::vector<int> atom_;  // [N] of each node, the inverse; the centres are the first

  std::unique_ptr<henrici::DeviationFile> deviation_file_;  // none: not written
  bigint every_;                                            // steps between its lines
  std::vector<double> model_forces_;   // [nlocal + nghost, M, 3] eV/angstrom
  std::vector<double> model_virials_;  // [M, 6] eV
  std::vector<double> deviation_;      // [nlocal] of the forces, in the script's units
  std::array<double, 6> deviations_;   // pvector: of compute pair
};

}  // namespace LAMMPS_NS
