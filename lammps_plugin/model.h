// A potential read from a TorchScript file, as DESIGN.md's "The potential contract" states it. Knows nothing of LAMMPS.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "metadata.h"

namespace henrici {

/// What forward() takes; N_center = row.size() - 1 centres are the first nodes, the ghosts follow, E = row.back() pairs.
/// The engine keeps one for the whole run: neighbor and displacement may be longer than E so that they need not shrink.
struct Environment {
  std::vector<std::int64_t> species;   // [N] index into Metadata::species
  std::vector<std::int64_t> row;       // [N_center + 1] CSR pointer into the next two
  std::vector<std::int64_t> neighbor;  // [>= E] index into species
  std::vector<double> displacement;    // [>= 3 E] angstrom, r_neighbor - r_center
};

/// What forward() answers; valid until the next evaluate().
struct Prediction {
  const double *energy;         // [N_center] eV
  const double *pair_gradient;  // [E, 3] eV/angstrom, dE/d(displacement)
};

class Model {
 public:
  /// Takes the bytes of the file. Throws std::runtime_error (one line, made to follow the file's name) for whatever cannot be read.
  explicit Model(std::vector<char> archive);
  ~Model();

  const Metadata &metadata() const { return metadata_; }

  /// Throws std::runtime_error (one line) where the script fails or breaks the contract.
  Prediction evaluate(Environment &environment);

  /// Threads within one operator; forward() is a chain of operators, so none are given to run side by side.
  static void use_threads(int threads);

 private:
  struct Script;
  Metadata metadata_;
  std::unique_ptr<Script> script_;
};

}  // namespace henrici
