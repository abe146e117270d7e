// Encoders: from the pairs of a block to descriptors of its centres, and from dE/d descriptors back to the pairs.
#pragma once

#include <torch/script.h>

#include <memory>
#include <vector>

#include "descriptor.h"
#include "workspace.h"

namespace henrici {

class Encoder {
 public:
  virtual ~Encoder() = default;

  /// The encoder of a term, or null where the kernels have none for it. Throws c10::Error where it is of another make.
  static std::unique_ptr<Encoder> of(const torch::jit::Module &encoder);

  /// own: [T] the encoder's number of each species of the engine
  virtual void use_species(const std::vector<std::int64_t> &own) = 0;

  /// D, numbers in a descriptor.
  virtual std::int64_t size() const = 0;

  // For the centres of one species t, in this order; rows are those of the workspace's `order`:

  /// d: [n, >= D], of which the first D columns are written.
  virtual void describe(Workspace &workspace, std::int64_t t, const at::Tensor &d) const = 0;

  /// gradient: dE/dD as d. Kept in the workspace, until all species are done.
  virtual void differentiate(Workspace &workspace, std::int64_t t, const at::Tensor &gradient) const = 0;

  /// gradient: [E, 3], overwritten with dE/d(displacement).
  virtual void pull_back(Workspace &workspace, const at::Tensor &gradient) const = 0;
};

/// DeepPotSE of trainer/potentials/deep_pot_se.py.
class DeepPotSEEncoder final : public Encoder {
 public:
  explicit DeepPotSEEncoder(const torch::jit::Module &encoder);

  void use_species(const std::vector<std::int64_t> &own) override;
  std::int64_t size() const override { return of_.size(); }
  void describe(Workspace &workspace, std::int64_t t, const at::Tensor &d) const override;
  void differentiate(Workspace &workspace, std::int64_t t, const at::Tensor &gradient) const override;
  void pull_back(Workspace &workspace, const at::Tensor &gradient) const override;

 private:
  kernels::Basis basis_;
  kernels::Invariants of_;
  at::Tensor coefficients_, weights_;           // C [G, T n, M], w [T, M]
  std::vector<at::Tensor> radial_, transposed_; // of each species of the engine: w C [T n, M], [M, T n]
};

}  // namespace henrici
