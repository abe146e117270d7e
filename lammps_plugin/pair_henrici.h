// pair_style henrici model.pt
// pair_coeff * * O H           the element of each atom type
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pair.h"

namespace henrici {
struct Environment;
struct Prediction;
class Model;
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
  void compute(int eflag, int vflag) override;
  double memory_usage() override;

 private:
  std::vector<char> read_file() const;
  void load();
  void gather();
  void scatter(const henrici::Prediction &prediction);

  std::string path_;
  std::unique_ptr<henrici::Model> model_;
  std::unique_ptr<henrici::Environment> environment_;
  std::vector<int> species_;  // [ntypes + 1] of each atom type
  std::vector<int> node_;     // [nlocal + nghost] of each atom
  std::vector<int> atom_;     // [nlocal + nghost] of each node, the inverse; the centres ilist are the first
  double length_, energy_;    // from the model's units (angstrom, eV) to the input script's
};

}  // namespace LAMMPS_NS
