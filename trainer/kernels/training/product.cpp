// torch.ops.henrici.product: matrices and batches of them, as torch.matmul, without derivatives.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>

#include "matrix.h"

namespace {

using at::Tensor;

constexpr std::int64_t SMALL = 32;  // rows and columns; laying them out takes longer than torch's product

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
  at::parallel_for(0, b.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) henrici::Matrix(b[k]).multiply(rows, y[k]);
  });
  return y;
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(henrici, m) { m.def("product(Tensor a, Tensor b) -> Tensor"); }
TORCH_LIBRARY_IMPL(henrici, CPU, m) { m.impl("product", &product); }
