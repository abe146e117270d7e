// Symmetry functions as an encoder.
#pragma once

#include "encoder.h"
#include "symmetry_operators.h"

namespace henrici {

/// BehlerParrinello of trainer/potentials/behler_parrinello.py.
class BehlerParrinelloEncoder final : public Encoder {
 public:
  explicit BehlerParrinelloEncoder(const torch::jit::Module &encoder);

  void use_species(const std::vector<std::int64_t> &own) override { own_ = at::tensor(own, at::kLong); }
  std::int64_t size() const override { return mean_.size(1); }
  void fold(std::int64_t t, at::Tensor &weight, at::Tensor &bias) const override;
  void describe(Workspace &workspace, std::int64_t t, const at::Tensor &d) const override;
  void differentiate(Workspace &workspace, std::int64_t t, const at::Tensor &gradient) const override;
  void keep(Workspace &workspace, std::size_t model, double scale, at::ScalarType dtype) const override;

 private:
  /// By the numbers of the potential, since the descriptor has all of them: [E]
  at::Tensor neighbor_species(const Workspace &workspace) const;

  kernels::SymmetryFunctions functions_;
  at::Tensor mean_, std_;  // [T, D]
  at::Tensor own_;         // [T] the potential's number of each species of the engine
};

}  // namespace henrici
