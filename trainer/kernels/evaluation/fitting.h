// Atomic energies from descriptors, and their gradients: FittingNetwork of trainer/potentials/networks.py.
#pragma once

#include <torch/script.h>

#include <functional>
#include <vector>

#include "activation.h"
#include "matrix.h"
#include "workspace.h"

namespace henrici {

/// h_l = widen(h_{l-1}, gain f(W_l h_{l-1} + b_l)), E = w h_L + b; f is tanh or silu
class FittingNetwork {
 public:
  /// What becomes of the first layer, weight [out, in] and bias [out], before it is used.
  using Adapt = std::function<void(at::Tensor &weight, at::Tensor &bias)>;

  /// Copies of a FittingNetwork's parameters; `energy` is added to every answer. Throws c10::Error where it is of another make.
  FittingNetwork(const torch::jit::Module &network, double energy, const Adapt &adapt);

  std::int64_t inputs() const { return layers_.front().forward.rows(); }

  /// x: [n, inputs()], overwritten with dE/dx; energy: [n], in units of the potential's energy scale
  void evaluate(at::Tensor x, at::Tensor energy, std::vector<Buffer> &memory) const;

 private:
  struct Layer {
    Matrix forward, backward;  // [in, out] with the bias, [out, in]
  };
  std::vector<Layer> layers_;
  at::Tensor output_, bias_;  // [out], []
  kernels::Activation activation_;
  double gain_;
};

}  // namespace henrici
