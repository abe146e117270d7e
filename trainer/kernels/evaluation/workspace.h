// Memory that an evaluation needs and the next one needs again: allocators are slow, and give pages back to the system.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "block.h"
#include "deep_pot_se.h"

namespace henrici {

/// A tensor whose memory stays. Grows, never shrinks.
class Buffer {
 public:
  /// Contiguous, not initialised; overwrites what it was before.
  at::Tensor of(at::IntArrayRef shape, at::ScalarType dtype);

 private:
  at::Tensor memory_;
};

/// Of one thread and one block. Models that evaluate the same block one after the other share it, and what it knows of the block.
class Workspace {
 public:
  /// The block that is evaluated from now on; must outlive that. species: how many there are, T.
  void begin(const Block &block, std::int64_t species);

  const Block &block() const { return block_; }
  std::int64_t pairs() const { return block_.row[block_.centers]; }
  std::int64_t species() const { return static_cast<std::int64_t>(first.size()) - 1; }

  /// [E, 3]
  const at::Tensor &displacement(at::ScalarType dtype);

  /// [centers, (l_max + 1)^2, T n], rows as in `order`
  const at::Tensor &projection(const kernels::Basis &basis, at::ScalarType dtype);

  // What models say, until the engine takes it from pull_back(). All of it is multiplied by `scale`.

  /// Memory for the next gradient that is kept.
  at::Tensor gradient(at::IntArrayRef shape, at::ScalarType dtype);

  /// dE/dP, shape and rows as of projection(); the basis has to stay.
  void keep(std::size_t model, double scale, const kernels::Basis &basis, const at::Tensor &gradient);

  /// dE/d(displacement), [E, 3]
  void keep(std::size_t model, double scale, const at::Tensor &gradient);

  /// dE/d(displacement) of all that was kept, of the pairs of `count` centres from `first_center` on.
  /// pair_gradient: [pairs, 3] of each model, overwritten.
  void pull_back(std::int64_t first_center, std::int64_t count, const std::vector<double *> &pair_gradient);

  std::vector<std::int64_t> order, first;   // [centers] centres by species, [T + 1] where each species begins
  Buffer symmetry_gradient;                 // dE/dG
  Buffer encoded, encoded_gradient;         // A and dE/dA of one species
  Buffer descriptor, energy;                // D, then dE/dD, and E of one species
  std::vector<Buffer> layers;               // of a fitting network

 private:
  struct Kept {
    std::size_t model;
    double scale;
    const kernels::Basis *basis;  // of dE/dP
    at::Tensor gradient;
  };

  std::vector<Kept>::const_iterator alike(std::vector<Kept>::const_iterator begin) const;

  /// Adds what belongs to models of one basis and precision.
  template <typename Real>
  void pull_back_alike(std::vector<Kept>::const_iterator kept, std::vector<Kept>::const_iterator end, std::int64_t first_center,
                       std::int64_t count, const std::vector<double *> &pair_gradient);

  Block block_{};
  Buffer displacement_memory_, projection_memory_;
  at::Tensor displacement_, projection_;  // undefined until asked for
  kernels::Basis basis_{};                // of projection_
  std::vector<Kept> of_projection_, of_pairs_;
  std::vector<Buffer> kept_memory_;       // of the gradients
  Buffer pulled_back_;                    // a part's r, and its pair gradients of some models
};

}  // namespace henrici
