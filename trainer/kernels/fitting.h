// Atomic energies from descriptors, and their gradients: FittingNetwork of trainer/potentials/networks.py.
#pragma once

#include <torch/script.h>

#include <vector>

#include "workspace.h"

namespace henrici {

/// h_l = widen(h_{l-1}, tanh(W_l h_{l-1} + b_l)), E = w h_L + b
class FittingNetwork {
 public:
  /// Copies of a FittingNetwork's parameters. `inputs` are constant ones among its first layer's, whose place is at `at`: of them
  /// and of `energy`, which is added, the network is made free. Throws c10::Error where it is of another make.
  FittingNetwork(const torch::jit::Module &network, const at::Tensor &inputs, std::int64_t at, double energy);

  std::int64_t inputs() const { return layers_.front().weight.size(1); }

  /// x: [n, inputs], overwritten with dE/dx; energy: [n], in units of the potential's energy scale
  void evaluate(at::Tensor x, at::Tensor energy, std::vector<Buffer> &memory) const;

 private:
  struct Layer {
    at::Tensor weight, transposed, bias;  // [out, in], [in, out], [out]
  };
  std::vector<Layer> layers_;
  at::Tensor output_, bias_;  // [out], []
};

}  // namespace henrici
