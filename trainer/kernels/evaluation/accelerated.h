// A scripted potential, with the kernels in the place of what they can do.
#pragma once

#include <torch/script.h>

#include <memory>
#include <vector>

#include "term.h"

namespace henrici {

/// Evaluates what forward() of a trained potential (trainer/potentials/potential.py) does, term by term. The file knows nothing
/// of it: its parts are found by their names. A script that is put together in another way, or whose forward() answers something
/// else for a few atoms of each species, is not native(), and has to be run as it is.
class Accelerated {
 public:
  static constexpr std::int64_t BLOCK = 512;  // centres: more would leave the cache, fewer read the weights of networks too often

  explicit Accelerated(torch::jit::Module script);

  bool native() const { return !terms_.empty(); }

  /// own: [T] the potential's number of each species of the engine; all of them at first. Not while another thread evaluates.
  void use_species(const std::vector<std::int64_t> &own);

  /// energy: of the workspace's block, [centers] eV, overwritten; the workspace's pull_back() then knows this model by its number.
  /// parameters: [centers, P]. Several threads may do so at once, each with a workspace.
  void evaluate(Workspace &workspace, std::size_t model, const double *parameters, double *energy) const;

  /// In the place of script.forward(inputs), with the same answer to rounding (docs/model-file.md), and the same errors.
  c10::IValue forward(std::vector<c10::IValue> inputs);

 private:
  bool agrees();
  std::tuple<at::Tensor, at::Tensor> by_blocks(const std::vector<c10::IValue> &inputs);

  torch::jit::Module script_;
  std::vector<std::unique_ptr<Term>> terms_;  // none: not native
  std::vector<std::int64_t> own_;
  std::vector<double> reference_, mean_, std_;  // of species, and of parameters
  double scale_;
  at::ScalarType dtype_;
  std::vector<Workspace> workspaces_;  // of forward(), one a thread
};

}  // namespace henrici
