// torch.ops.henrici.describe: D of DeepPot-SE from A (descriptor.h), differentiable twice.

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

Invariants sizes(const Tensor &a, std::int64_t axis)
{
  TORCH_CHECK(a.dim() == 3 && a.is_contiguous() && (a.size(1) == 4 || a.size(1) == 9) && axis >= 1 && axis <= a.size(2),
              "expected contiguous A [n, 4 or 9, M], 1 <= axis <= M");
  return {a.size(1), a.size(2), axis, false, false};
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

Tensor describe_along(const Tensor &a, const Tensor &v, std::int64_t axis)
{
  const Invariants of = sizes(a, axis);
  const Tensor d = at::empty({a.size(0), of.size()}, a.options());
  over_atoms([&](std::int64_t n, auto *a, auto *v, auto *d) { describe_along(of, n, a, v, d, of.size()); }, a, v, d);
  return d;
}

Tensor differentiate(const Tensor &a, const Tensor &gradient, std::int64_t axis)
{
  const Invariants of = sizes(a, axis);
  const Tensor da = at::empty_like(a);
  over_atoms([&](std::int64_t n, auto *a, auto *g, auto *da) { differentiate(of, n, a, g, of.size(), da); }, a, gradient, da);
  return da;
}

/// dE/dA from A and dE/dD
struct Differentiate : torch::autograd::Function<Differentiate> {
  static Tensor forward(AutogradContext *context, const Tensor &a, const Tensor &gradient, std::int64_t axis)
  {
    const Tensor g = gradient.contiguous();
    context->save_for_backward({a, g});
    context->saved_data["axis"] = axis;
    return differentiate(a, g, axis);
  }

  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    TORCH_CHECK(!at::GradMode::is_enabled(), "henrici::describe has no third derivatives");
    const auto saved = context->get_saved_variables();
    const Tensor v = outer[0].contiguous();
    const std::int64_t axis = context->saved_data["axis"].toInt();
    return {differentiate(v, saved[1], axis), describe_along(saved[0], v, axis), {}};
  }
};

struct Describe : torch::autograd::Function<Describe> {
  static Tensor forward(AutogradContext *context, const Tensor &a, std::int64_t axis)
  {
    const Invariants of = sizes(a, axis);
    context->save_for_backward({a});
    context->saved_data["axis"] = axis;
    const Tensor d = at::empty({a.size(0), of.size()}, a.options());
    over_atoms([&](std::int64_t n, auto *a, auto *d) { henrici::kernels::describe(of, n, a, d, of.size()); }, a, d);
    return d;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    const Tensor a = context->get_saved_variables()[0];
    return {Differentiate::apply(a, outer[0], context->saved_data["axis"].toInt()), {}};
  }
};

Tensor describe(const Tensor &a, std::int64_t axis) { return Describe::apply(a.contiguous(), axis); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(henrici, m) { m.def("describe(Tensor a, int axis) -> Tensor"); }
TORCH_LIBRARY_IMPL(henrici, CompositeImplicitAutograd, m) { m.impl("describe", &describe); }
