// torch.ops.henrici.product: matrices and batches of them, as torch.matmul; of two matrices, differentiable like torch's.

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>

#include "matrix.h"
#include "product.h"

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t SMALL = 16;  // rows and columns; laying them out takes longer than torch's product

/// a: [m, k], b: [k, n] or [batch, k, n]; or a: [..., m, k], b: [k, n]
Tensor product(const Tensor &a, const Tensor &b)
{
  TORCH_CHECK(a.dim() >= 2 && (b.dim() == 2 || (b.dim() == 3 && a.dim() == 2)) && a.size(-1) == b.size(-2) &&
                  a.scalar_type() == b.scalar_type(),
              "expected matrices of one type that fit, got ", a.sizes(), " and ", b.sizes());
  const Tensor rows = a.dim() == 2 ? a : a.reshape({-1, a.size(-1)});
  if (std::min({rows.size(0), a.size(-1), b.size(-1)}) < SMALL) return at::matmul(a, b);
  if (b.dim() == 2) {
    auto shape = a.sizes().vec();
    shape.back() = b.size(1);
    return henrici::Matrix(b).multiply(rows).view(shape);
  }
  const Tensor y = at::empty({b.size(0), a.size(0), b.size(2)}, a.options());
  AT_DISPATCH_FLOATING_TYPES(a.scalar_type(), "henrici::product", [&] {
    const std::int64_t m = a.size(0), k = a.size(1), n = b.size(2);
    at::parallel_for(0, b.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      const Tensor panels = at::empty({henrici::kernels::panels_size<scalar_t>(k, n)}, a.options());
      for (std::int64_t i = begin; i < end; ++i) {
        henrici::kernels::lay_out(k, n, {b.data_ptr<scalar_t>() + i * b.stride(0), b.stride(1), b.stride(2)}, nullptr,
                                  panels.data_ptr<scalar_t>());
        henrici::kernels::multiply(m, k, n, {a.data_ptr<scalar_t>(), a.stride(0), a.stride(1)}, panels.data_ptr<scalar_t>(),
                                   y.data_ptr<scalar_t>() + i * y.stride(0), n);
      }
    });
  });
  return y;
}

/// Derivatives are products too.
struct Product : torch::autograd::Function<Product> {
  static Tensor forward(AutogradContext *context, const Tensor &a, const Tensor &b)
  {
    const at::AutoDispatchBelowADInplaceOrView no_graph;
    context->save_for_backward({a, b});
    return product(a, b);
  }
  static variable_list backward(AutogradContext *context, const variable_list &outer)
  {
    const auto saved = context->get_saved_variables();
    const Tensor &a = saved[0], &b = saved[1];
    TORCH_CHECK(a.dim() == 2 && b.dim() == 2, "henrici::product has derivatives for two matrices alone");
    variable_list answer(2);
    if (context->needs_input_grad(0)) answer[0] = apply(outer[0], b.t());
    if (context->needs_input_grad(1)) answer[1] = apply(a.t(), outer[0]);
    return answer;
  }
};

Tensor differentiable(const Tensor &a, const Tensor &b) { return Product::apply(a, b); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(henrici, m) { m.def("product(Tensor a, Tensor b) -> Tensor"); }
TORCH_LIBRARY_IMPL(henrici, CPU, m) { m.impl("product", &product); }
TORCH_LIBRARY_IMPL(henrici, AutogradCPU, m) { m.impl("product", &differentiable); }
