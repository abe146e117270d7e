// Sums over pairs of trainer/mechanics.py as torch operators, and their transposes, which are each other's derivatives:
//
//     F_i = sum_ij g_ij - sum_ji g_ji          forces         v_ij = u_i - u_j               differences
//     W_o = -sum_{ij of o} r_ij (x) g_ij       virials        v_ij = -r_ij V_o               contractions

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "operators.h"

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Throws unless pairs is [E, 3] and contiguous, and numbers are [E] int64 of the rows of something with `count` of them.
void check(const Tensor &pairs, std::initializer_list<const Tensor *> numbers, std::int64_t count)
{
  TORCH_CHECK(pairs.dim() == 2 && pairs.size(1) == 3 && pairs.is_contiguous(), "expected contiguous vectors [E, 3]");
  for (const Tensor *const of : numbers) {
    TORCH_CHECK(of->scalar_type() == at::kLong && of->dim() == 1 && of->is_contiguous() && of->size(0) == pairs.size(0),
                "expected contiguous int64 vectors [E]");
    TORCH_CHECK(henrici::within(*of, count), "expected numbers among 0 ... ", count - 1);
  }
}

struct Differences;
struct Contractions;

struct Forces : torch::autograd::Function<Forces> {
  static Tensor forward(AutogradContext *context, const Tensor &center, const Tensor &neighbor, const Tensor &gradient,
                        std::int64_t atoms)
  {
    const Tensor g = gradient.contiguous(), out = at::zeros({atoms, 3}, g.options());
    check(g, {&center, &neighbor}, atoms);
    AT_DISPATCH_FLOATING_TYPES(g.scalar_type(), "henrici::forces", [&] {
      const auto *const i = center.data_ptr<std::int64_t>(), *const j = neighbor.data_ptr<std::int64_t>();
      const auto *const from = g.data_ptr<scalar_t>();
      auto *const f = out.data_ptr<scalar_t>();
      for (std::int64_t k = 0; k < center.numel(); ++k)
        for (int a = 0; a < 3; ++a) {
          f[3 * i[k] + a] += from[3 * k + a];
          f[3 * j[k] + a] -= from[3 * k + a];
        }
    });
    context->save_for_backward({center, neighbor});
    return out;
  }
  static variable_list backward(AutogradContext *context, const variable_list &outer);
};

struct Differences : torch::autograd::Function<Differences> {
  static Tensor forward(AutogradContext *context, const Tensor &center, const Tensor &neighbor, const Tensor &vectors)
  {
    const Tensor u = vectors.contiguous(), out = at::empty({center.numel(), 3}, u.options());
    check(out, {&center, &neighbor}, u.size(0));
    AT_DISPATCH_FLOATING_TYPES(u.scalar_type(), "henrici::differences", [&] {
      const auto *const i = center.data_ptr<std::int64_t>(), *const j = neighbor.data_ptr<std::int64_t>();
      const auto *const from = u.data_ptr<scalar_t>();
      auto *const to = out.data_ptr<scalar_t>();
      for (std::int64_t k = 0; k < center.numel(); ++k)
        for (int a = 0; a < 3; ++a) to[3 * k + a] = from[3 * i[k] + a] - from[3 * j[k] + a];
    });
    context->save_for_backward({center, neighbor});
    context->saved_data["atoms"] = u.size(0);
    return out;
  }
  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    const auto saved = context->get_saved_variables();
    return {{}, {}, Forces::apply(saved[0], saved[1], outer[0], context->saved_data["atoms"].toInt())};
  }
};

variable_list Forces::backward(AutogradContext *context, const variable_list &outer)
{
  const auto saved = context->get_saved_variables();
  return {{}, {}, Differences::apply(saved[0], saved[1], outer[0]), {}};
}

struct Virials : torch::autograd::Function<Virials> {
  static Tensor forward(AutogradContext *context, const Tensor &owner, const Tensor &displacement, const Tensor &gradient,
                        std::int64_t owners)
  {
    const Tensor g = gradient.contiguous(), out = at::zeros({owners, 3, 3}, g.options());
    check(g, {&owner}, owners);
    check(displacement, {&owner}, owners);
    TORCH_CHECK(displacement.scalar_type() == g.scalar_type(), "expected displacements and gradients of one type");
    AT_DISPATCH_FLOATING_TYPES(g.scalar_type(), "henrici::virials", [&] {
      const auto *const o = owner.data_ptr<std::int64_t>();
      const auto *const r = displacement.data_ptr<scalar_t>(), *const from = g.data_ptr<scalar_t>();
      auto *const w = out.data_ptr<scalar_t>();
      for (std::int64_t k = 0; k < owner.numel(); ++k)
        for (int a = 0; a < 3; ++a)
          for (int b = 0; b < 3; ++b) w[9 * o[k] + 3 * a + b] -= r[3 * k + a] * from[3 * k + b];
    });
    context->save_for_backward({owner, displacement});
    return out;
  }
  static variable_list backward(AutogradContext *context, const variable_list &outer);
};

struct Contractions : torch::autograd::Function<Contractions> {
  static Tensor forward(AutogradContext *context, const Tensor &owner, const Tensor &displacement, const Tensor &matrices)
  {
    const Tensor v = matrices.contiguous(), out = at::empty_like(displacement);
    check(displacement, {&owner}, v.size(0));
    AT_DISPATCH_FLOATING_TYPES(v.scalar_type(), "henrici::contractions", [&] {
      const auto *const o = owner.data_ptr<std::int64_t>();
      const auto *const r = displacement.data_ptr<scalar_t>(), *const from = v.data_ptr<scalar_t>();
      auto *const to = out.data_ptr<scalar_t>();
      for (std::int64_t k = 0; k < owner.numel(); ++k)
        for (int b = 0; b < 3; ++b) {
          const auto *const m = from + 9 * o[k] + b;
          to[3 * k + b] = -(r[3 * k] * m[0] + r[3 * k + 1] * m[3] + r[3 * k + 2] * m[6]);
        }
    });
    context->save_for_backward({owner, displacement});
    context->saved_data["owners"] = v.size(0);
    return out;
  }
  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    const auto saved = context->get_saved_variables();
    return {{}, {}, Virials::apply(saved[0], saved[1], outer[0], context->saved_data["owners"].toInt())};
  }
};

variable_list Virials::backward(AutogradContext *context, const variable_list &outer)
{
  const auto saved = context->get_saved_variables();
  return {{}, {}, Contractions::apply(saved[0], saved[1], outer[0]), {}};
}

Tensor forces(const Tensor &center, const Tensor &neighbor, const Tensor &gradient, std::int64_t atoms)
{
  return Forces::apply(center.contiguous(), neighbor.contiguous(), gradient, atoms);
}

Tensor virials(const Tensor &owner, const Tensor &displacement, const Tensor &gradient, std::int64_t owners)
{
  return Virials::apply(owner.contiguous(), displacement.contiguous(), gradient, owners);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(henrici, m)
{
  m.def("forces(Tensor center, Tensor neighbor, Tensor pair_gradient, int atoms) -> Tensor");
  m.def("virials(Tensor owner, Tensor displacement, Tensor pair_gradient, int owners) -> Tensor");
}
TORCH_LIBRARY_IMPL(henrici, CompositeImplicitAutograd, m)
{
  m.impl("forces", &forces);
  m.impl("virials", &virials);
}
