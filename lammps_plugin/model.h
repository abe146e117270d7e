// Potentials read from model files, as docs/model-file.md states them: the seam between LAMMPS, on one side of it, and torch,
// on the other. Neither knows of the other, and they lie in two libraries (loader.cpp says why).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../trainer/kernels/block.h"
#include "metadata.h"

namespace henrici {

/// Models that see the same atoms, and are evaluated block by block, on threads of the engine.
class Models {
 public:
  virtual ~Models() = default;

  /// Takes the bytes of a file: the model number size() - 1. Throws std::runtime_error (one line, made to follow the file's name)
  /// for what cannot be read.
  virtual void add(std::vector<char> archive) = 0;

  virtual std::size_t size() const = 0;
  virtual const Metadata &metadata(std::size_t model) const = 0;

  /// own: [T] the model's number of each species of the engine.
  virtual void use_species(std::size_t model, const std::vector<std::int64_t> &own) = 0;

  virtual void use_threads(int threads) = 0;

  /// How many may evaluate blocks side by side: all, or one where a model has operators of torch, with threads of torch, in its
  /// script.
  virtual int threads() const = 0;

  /// Centres in a block that are worth it, at most.
  virtual std::int64_t block() const = 0;

  /// What `thread` < threads() evaluates from now on; species: T. The block must stay where it is.
  virtual void begin(int thread, const Block &block, std::int64_t species) = 0;

  /// energy: [centers] eV, overwritten; parameters: [centers, P] of this model. Throws std::runtime_error (one line, made to follow
  /// the file's name) where the script fails or breaks the contract.
  virtual void evaluate(int thread, std::size_t model, const double *parameters, double *energy) = 0;

  /// And then dE/d(displacement) of the pairs of `count` centres from `first` on: of the models 0 ... that were evaluated, [pairs, 3]
  /// eV/angstrom each, overwritten. A few centres at a time find all of it in the cache.
  virtual void pull_back(int thread, std::int64_t first, std::int64_t count, const std::vector<double *> &pair_gradient) = 0;
};

/// None yet. Throws std::runtime_error where torch cannot be loaded.
std::unique_ptr<Models> open_models();

}  // namespace henrici
