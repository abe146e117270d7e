// A potential read from a model file, as docs/model-file.md states it: the seam between LAMMPS, on one
// side of it, and torch, on the other. Neither knows of the other, and they lie in two libraries (loader.cpp says why).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "metadata.h"

namespace henrici {

/// What forward() takes: atoms first. N_center = row.size() - 1 centres are the first nodes, the ghosts follow.
struct Nodes {
  std::vector<std::int64_t> species;  // [N] index into Metadata::species
  std::vector<double> parameters;     // [N_center, P] values of Metadata::parameters
};

/// E = row.back() pairs. The engine keeps one for the whole run: neighbor and displacement may be longer than E so that they
/// need not shrink. Pairs beyond a model's cutoff change nothing.
struct Pairs {
  std::vector<std::int64_t> row;       // [N_center + 1] CSR pointer into the next two
  std::vector<std::int64_t> neighbor;  // [>= E] index into the nodes
  std::vector<double> displacement;    // [>= 3 E] angstrom, r_neighbor - r_center
};

/// What forward() answers; valid until the next evaluate().
struct Prediction {
  const double *energy;         // [N_center] eV
  const double *pair_gradient;  // [E, 3] eV/angstrom, dE/d(displacement)
};

class Model {
 public:
  virtual ~Model() = default;

  virtual const Metadata &metadata() const = 0;

  /// Throws std::runtime_error (one line, made to follow the file's name) where the script fails or breaks the contract.
  virtual Prediction evaluate(Nodes &nodes, Pairs &pairs) = 0;

  /// Threads within one operator; forward() is a chain of operators, so none are given to run side by side.
  virtual void use_threads(int threads) = 0;
};

/// Takes the bytes of the file. Throws std::runtime_error (one line, made to follow the file's name) for what cannot be read.
std::unique_ptr<Model> open_model(std::vector<char> archive);

}  // namespace henrici
