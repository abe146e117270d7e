// torch.ops.henrici.describe: D from A (descriptor.h), differentiable twice.

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "descriptor.h"

namespace {

using at::Tensor;
using henrici::kernels::Invariants;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t GRAIN = 32;  // atoms that are worth a thread

Invariants sizes(const Tensor &a, std::int64_t axis, bool by_degree)
{
  TORCH_CHECK(a.dim() == 3 && a.is_contiguous() && (a.size(1) == 4 || a.size(1) == 9) && axis >= 1 && axis <= a.size(2),
              "expected contiguous A [n, 4 or 9, M], 1 <= axis <= M");
  return {a.size(1), a.size(2), axis, by_degree, false};
}

/// Calls work(first atom, number of atoms, data of each tensor from that atom on) on all threads.
template <typename Work, typename... Tensors>
void over_atoms(Work work, const Tensor &first, const Tensors &...others)
{
  AT_DISPATCH_FLOATING_TYPES(first.scalar_type(), "henrici::describe", [&] {
    at::parallel_for(0, first.size(0), GRAIN, [&](std::int64_t begin, std::int64_t end) {
      const auto from = [&](const Tensor &t) { return t.data_ptr<scalar_t>() + begin * t.stride(0); };
      work(end - begin, from(first), from(others)...);
    });
  });
}

Tensor describe_along(const Invariants &of, const Tensor &a, const Tensor &v)
{
  const Tensor d = at::empty({a.size(0), of.size()}, a.options());
  over_atoms([&](std::int64_t n, auto *a, auto *v, auto *d) { describe_along(of, n, a, v, d, of.size()); }, a, v, d);
  return d;
}

Tensor differentiate(const Invariants &of, const Tensor &a, const Tensor &gradient)
{
  const Tensor da = at::empty_like(a);
  over_atoms([&](std::int64_t n, auto *a, auto *g, auto *da) { differentiate(of, n, a, g, of.size(), da); }, a, gradient, da);
  return da;
}

/// Of the A that a context has saved.
void keep(AutogradContext *context, std::int64_t axis, bool by_degree)
{
  context->saved_data["axis"] = axis;
  context->saved_data["by_degree"] = by_degree;
}
std::int64_t axis_of(AutogradContext *context) { return context->saved_data["axis"].toInt(); }
bool by_degree_of(AutogradContext *context) { return context->saved_data["by_degree"].toBool(); }

/// dE/dA from A and dE/dD
struct Differentiate : torch::autograd::Function<Differentiate> {
  static Tensor forward(AutogradContext *context, const Tensor &a, const Tensor &gradient, std::int64_t axis, bool by_degree)
  {
    const Tensor g = gradient.contiguous();
    context->save_for_backward({a, g});
    keep(context, axis, by_degree);
    return differentiate(sizes(a, axis, by_degree), a, g);
  }

  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    TORCH_CHECK(!at::GradMode::is_enabled(), "henrici::describe has no third derivatives");
    const auto saved = context->get_saved_variables();
    const Tensor v = outer[0].contiguous();
    const Invariants of = sizes(v, axis_of(context), by_degree_of(context));
    const Tensor along = differentiate(of, v, saved[1]);
    if (of.by_degree) along.select(1, 0).zero_();  // where D is A, dE/dA does not depend on A
    return {along, describe_along(of, saved[0], v), {}, {}};
  }
};

struct Describe : torch::autograd::Function<Describe> {
  static Tensor forward(AutogradContext *context, const Tensor &a, std::int64_t axis, bool by_degree)
  {
    const Invariants of = sizes(a, axis, by_degree);
    context->save_for_backward({a});
    keep(context, axis, by_degree);
    const Tensor d = at::empty({a.size(0), of.size()}, a.options());
    over_atoms([&](std::int64_t n, auto *a, auto *d) { henrici::kernels::describe(of, n, a, d, of.size()); }, a, d);
    return d;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    const Tensor a = context->get_saved_variables()[0];
    return {Differentiate::apply(a, outer[0], axis_of(context), by_degree_of(context)), {}, {}};
  }
};

Tensor describe(const Tensor &a, std::int64_t axis, bool by_degree) { return Describe::apply(a.contiguous(), axis, by_degree); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(henrici, m) { m.def("describe(Tensor a, int axis, bool by_degree) -> Tensor"); }
TORCH_LIBRARY_IMPL(henrici, CompositeImplicitAutograd, m) { m.impl("describe", &describe); }
