// Encoders whose radial functions are splines.
#pragma once

#include "descriptor.h"
#include "encoder.h"
#include "matrix.h"

namespace henrici {

/// DeepPotSE and PowerSpectrum of trainer/potentials: P by the kernels, A = P C, then the invariants. What is constant in a trained
/// model goes into C and, by fold(), into the first layer of the fitting network.
class SplineEncoder final : public Encoder {
 public:
  explicit SplineEncoder(const torch::jit::Module &encoder);

  void use_species(const std::vector<std::int64_t> &own) override;
  std::int64_t size() const override { return whole_.size(); }
  std::int64_t folded_size() const override { return of_.size(); }
  void fold(std::int64_t t, at::Tensor &weight, at::Tensor &bias) const override;
  void describe(Workspace &workspace, std::int64_t t, const at::Tensor &d) const override;
  void differentiate(Workspace &workspace, std::int64_t t, const at::Tensor &gradient) const override;
  void keep(Workspace &workspace, std::size_t model, double scale, at::ScalarType dtype) const override;

 private:
  /// dE/dP: [centers, lm, T n]
  at::Tensor gradient(Workspace &workspace, at::ScalarType dtype) const;

  kernels::Basis basis_;
  kernels::Invariants whole_, of_;              // as in the script; folded
  at::Tensor coefficients_, weights_;           // C [G, T n, M], w [T, M]
  at::Tensor factor_, offset_;                  // of D, to be applied before the network: [T, D]
  std::vector<Matrix> radial_, transposed_;     // of each species of the engine: w C [T n, M], [M, T n]
};

}  // namespace henrici
