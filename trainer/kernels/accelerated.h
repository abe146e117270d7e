// A scripted potential, with the kernels in the place of what they can do.
#pragma once

#include <torch/script.h>

#include <optional>
#include <tuple>
#include <vector>

#include "deep_pot_se.h"

namespace henrici {

/// Evaluates what forward() of a trained potential (trainer/potentials/potential.py) does, term by term: the features of a
/// DeepPot-SE and their pull-back by the kernels, all else by the script's own methods. The file knows nothing of it: its
/// parts are found by their names, and a script that is put together in another way, or whose forward() answers something
/// else for a few atoms of each species, is run as it is.
class Accelerated {
 public:
  explicit Accelerated(torch::jit::Module script);

  /// In the place of script.forward(inputs), with the same answer to rounding (docs/model-file.md), and the same errors.
  c10::IValue forward(std::vector<c10::IValue> inputs);

 private:
  struct Term {
    torch::jit::Module module;
    std::optional<kernels::SplineBasis> basis;  // of a DeepPot-SE
  };
  struct Block;  // some centres and their neighbours

  static std::vector<Term> terms_of(const torch::jit::Module &script);
  bool agrees();
  std::tuple<torch::Tensor, torch::Tensor> by_terms(const std::vector<c10::IValue> &inputs);
  static std::tuple<torch::Tensor, torch::Tensor> evaluate(Term &term, const Block &block);

  torch::jit::Module script_;
  std::vector<Term> terms_;  // none: the script is run as it is
};

}  // namespace henrici
