// Encoders: from the pairs of a block to descriptors of its centres, and from dE/d descriptors back to the pairs.
#pragma once

#include <torch/script.h>

#include <memory>
#include <vector>

#include "workspace.h"

namespace henrici {

class Encoder {
 public:
  virtual ~Encoder() = default;

  /// The encoder of a term, or null where the kernels have none for it. Throws c10::Error where it is of another make.
  static std::unique_ptr<Encoder> of(const torch::jit::Module &encoder);

  /// own: [T] the encoder's number of each species of the engine
  virtual void use_species(const std::vector<std::int64_t> &own) = 0;

  /// D, numbers in a descriptor as the script has it.
  virtual std::int64_t size() const = 0;

  /// Numbers in a descriptor as it is here: less than D where some are always equal.
  virtual std::int64_t folded_size() const { return size(); }

  /// Makes a layer that takes the script's descriptors of species t (a number of the encoder's) one that takes those of here.
  /// weight: [out, D + more], replaced; bias: [out], replaced.
  virtual void fold(std::int64_t t, at::Tensor &weight, at::Tensor &bias) const = 0;

  // For the centres of one species t, in this order; rows are those of the workspace's `order`:

  /// d: [n, >= folded_size()], of which the first columns are written.
  virtual void describe(Workspace &workspace, std::int64_t t, const at::Tensor &d) const = 0;

  /// gradient: dE/dd
  virtual void differentiate(Workspace &workspace, std::int64_t t, const at::Tensor &gradient) const = 0;

  /// When that is done for all species: what the workspace keeps of it for this model.
  virtual void keep(Workspace &workspace, std::size_t model, double scale, at::ScalarType dtype) const = 0;
};

}  // namespace henrici
