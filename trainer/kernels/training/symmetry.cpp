// torch.ops.henrici.project_symmetry and pull_back_symmetry, for Python: the second may be differentiated again.

#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "symmetry_operators.h"

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the operators take besides: the pairs, and BehlerParrinello.definition().
struct Arguments {
  Tensor row, species, displacement;
  std::int64_t count;
  Tensor eta, r_s, g4, g5;
  double r_c;

  henrici::Graph graph() const
  {
    henrici::Graph found{row, species, displacement, count};
    henrici::check(found);
    return found;
  }
  henrici::kernels::SymmetryFunctions functions() const { return henrici::symmetry_functions_of(eta, r_s, g4, g5, r_c); }
};

/// Linear in dE/dG.
struct PullBack : torch::autograd::Function<PullBack> {
  static Tensor forward(AutogradContext *context, const Tensor &gradient, const Arguments &arguments)
  {
    const at::AutoDispatchBelowADInplaceOrView no_graph;
    const auto &[row, species, displacement, count, eta, r_s, g4, g5, r_c] = arguments;
    context->save_for_backward({row, species, displacement, eta, r_s, g4, g5});
    context->saved_data["count"] = count;
    context->saved_data["r_c"] = r_c;
    return henrici::pull_back(arguments.graph(), arguments.functions(), gradient);
  }
  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    const auto saved = context->get_saved_variables();
    const Arguments arguments{saved[0], saved[1], saved[2], context->saved_data["count"].toInt(), saved[3],
                              saved[4], saved[5], saved[6], context->saved_data["r_c"].toDouble()};
    return {henrici::push_forward(arguments.graph(), arguments.functions(), outer[0]), {}};
  }
};

Tensor project(const Tensor &row, const Tensor &species, const Tensor &displacement, std::int64_t count, const Tensor &eta,
               const Tensor &r_s, const Tensor &g4, const Tensor &g5, double r_c)
{
  const Arguments arguments{row, species, displacement, count, eta, r_s, g4, g5, r_c};
  return henrici::project(arguments.graph(), arguments.functions());
}

Tensor pull_back(const Tensor &gradient, const Tensor &row, const Tensor &species, const Tensor &displacement,
                 std::int64_t count, const Tensor &eta, const Tensor &r_s, const Tensor &g4, const Tensor &g5, double r_c)
{
  return PullBack::apply(gradient, Arguments{row, species, displacement, count, eta, r_s, g4, g5, r_c});
}

}  // namespace

#define HENRICI_ARGUMENTS                                                                                          \
  "Tensor row, Tensor species, Tensor displacement, int count, Tensor eta, Tensor r_s, Tensor g4, Tensor g5, float r_c"

TORCH_LIBRARY_FRAGMENT(henrici, m)
{
  m.def("project_symmetry(" HENRICI_ARGUMENTS ") -> Tensor");
  m.def("pull_back_symmetry(Tensor gradient, " HENRICI_ARGUMENTS ") -> Tensor");
}
TORCH_LIBRARY_IMPL(henrici, CompositeImplicitAutograd, m)
{
  m.impl("project_symmetry", &project);
  m.impl("pull_back_symmetry", &pull_back);
}
