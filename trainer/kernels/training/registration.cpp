// torch.ops.henrici, for Python. LAMMPS's side is not linked to this file: a process may register a name only once.

#include <torch/custom_class.h>
#include <torch/library.h>

#include <tuple>

#include "accelerated.h"
#include "memory.h"
#include "operators.h"

namespace {

using at::Tensor;

henrici::Graph checked(const Tensor &row, const Tensor &species, const Tensor &displacement, std::int64_t count)
{
  henrici::Graph graph{row, species, displacement, count};
  henrici::check(graph);
  return graph;
}

Tensor project(const Tensor &row, const Tensor &species, const Tensor &displacement,
               std::int64_t count, const Tensor &pieces, double r_s, double r_c, std::int64_t intervals, std::int64_t l_max)
{
  return henrici::project(checked(row, species, displacement, count),
                          henrici::basis_of(pieces, r_s, r_c, intervals, l_max));
}

Tensor pull_back(const Tensor &gradient, const Tensor &row, const Tensor &species,
                 const Tensor &displacement, std::int64_t count, const Tensor &pieces, double r_s, double r_c,
                 std::int64_t intervals, std::int64_t l_max)
{
  return henrici::pull_back(checked(row, species, displacement, count),
                            henrici::basis_of(pieces, r_s, r_c, intervals, l_max), gradient);
}

Tensor push_forward(const Tensor &v, const Tensor &row, const Tensor &species,
                    const Tensor &displacement, std::int64_t count, const Tensor &pieces, double r_s, double r_c,
                    std::int64_t intervals, std::int64_t l_max)
{
  return henrici::push_forward(checked(row, species, displacement, count),
                               henrici::basis_of(pieces, r_s, r_c, intervals, l_max), v);
}

/// A torch.jit.ScriptModule, looked at once.
struct Evaluator final : torch::CustomClassHolder {
  explicit Evaluator(const c10::IValue &script) : accelerated(module_of(script)) {}

  static torch::jit::Module module_of(const c10::IValue &script)
  {
    TORCH_CHECK(script.isModule(), "expected a scripted module, got a ", script.tagKind());
    return script.toModule();
  }

  std::tuple<Tensor, Tensor> evaluate(const Tensor &species, const Tensor &row, const Tensor &neighbor,
                                      const Tensor &displacement, const std::optional<Tensor> &parameters)
  {
    std::vector<c10::IValue> inputs{species, row, neighbor, displacement};
    if (parameters) inputs.emplace_back(*parameters);
    const auto answer = accelerated.forward(std::move(inputs)).toTuple();
    return {answer->elements()[0].toTensor(), answer->elements()[1].toTensor()};
  }

  bool knows_the_script() const { return accelerated.native(); }

  henrici::Accelerated accelerated;
};

void check_memory(const c10::IValue &script) { henrici::check_memory(Evaluator::module_of(script)); }

}  // namespace

#define HENRICI_GRAPH "Tensor row, Tensor species, Tensor displacement, int count, "
#define HENRICI_BASIS "Tensor pieces, float r_s, float r_c, int intervals, int l_max"

TORCH_LIBRARY(henrici, m)
{
  m.def("project(" HENRICI_GRAPH HENRICI_BASIS ") -> Tensor");
  m.def("pull_back(Tensor gradient, " HENRICI_GRAPH HENRICI_BASIS ") -> Tensor");
  m.def("push_forward(Tensor v, " HENRICI_GRAPH HENRICI_BASIS ") -> Tensor");
  m.class_<Evaluator>("Evaluator")
      .def(torch::init<const c10::IValue &>())
      .def("evaluate", &Evaluator::evaluate)
      .def("knows_the_script", &Evaluator::knows_the_script);
  m.def("check_memory(Any script) -> ()");
}

TORCH_LIBRARY_IMPL(henrici, CPU, m)
{
  m.impl("project", &project);
  m.impl("pull_back", &pull_back);
  m.impl("push_forward", &push_forward);
}

TORCH_LIBRARY_IMPL(henrici, CompositeImplicitAutograd, m) { m.impl("check_memory", &check_memory); }
