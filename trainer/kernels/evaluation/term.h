// Terms of a potential (trainer/potentials/potential.py): natively where the kernels know them, else by their own scripts.
#pragma once

#include <torch/script.h>

#include <memory>
#include <vector>

#include "workspace.h"

namespace henrici {

class Term {
 public:
  virtual ~Term() = default;

  /// species: how many the potential knows. Throws c10::Error where the module is no term.
  static std::unique_ptr<Term> of(const torch::jit::Module &term, std::int64_t species);

  /// own: [T] the potential's number of each species of the engine. Not while another thread evaluates.
  virtual void use_species(const std::vector<std::int64_t> &own) = 0;

  /// Adds scale * E of the workspace's block to energy, [centers], and has the workspace keep scale * dE/d(displacement) for this
  /// model. q: [centers, P], normalised, in the precision to work in. Several threads may do so at once, each with a workspace.
  virtual void add(Workspace &workspace, const at::Tensor &q, std::size_t model, double scale, double *energy) const = 0;
};

}  // namespace henrici
