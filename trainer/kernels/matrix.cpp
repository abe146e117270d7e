#include "matrix.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include "product.h"

namespace henrici {

using at::Tensor;

Matrix::Matrix(const Tensor &B, const Tensor &b) : k_(B.size(0)), n_(B.size(1))
{
  const Tensor start = b.defined() ? b.contiguous() : b;
  AT_DISPATCH_FLOATING_TYPES(B.scalar_type(), "henrici::Matrix", [&] {
    panels_ = at::empty({kernels::panels_size<scalar_t>(k_, n_)}, B.options());
    kernels::lay_out(k_, n_, {B.data_ptr<scalar_t>(), B.stride(0), B.stride(1)}, b.defined() ? start.data_ptr<scalar_t>() : nullptr,
                     panels_.data_ptr<scalar_t>());
  });
}

void Matrix::multiply(const Tensor &x, const Tensor &y) const
{
  constexpr std::int64_t WORTH = 1 << 20;  // multiply-adds, for a thread
  TORCH_INTERNAL_ASSERT(x.size(1) == k_ && y.size(1) == n_ && y.stride(1) == 1 && x.size(0) == y.size(0));
  AT_DISPATCH_FLOATING_TYPES(panels_.scalar_type(), "henrici::multiply", [&] {
    const auto *const from = x.data_ptr<scalar_t>();
    auto *const to = y.data_ptr<scalar_t>();
    at::parallel_for(0, x.size(0), 1 + WORTH / (k_ * n_ + 1), [&](std::int64_t begin, std::int64_t end) {
      kernels::multiply(end - begin, k_, n_, {from + begin * x.stride(0), x.stride(0), x.stride(1)}, panels_.data_ptr<scalar_t>(),
                        to + begin * y.stride(0), y.stride(0));
    });
  });
}

Tensor Matrix::multiply(const Tensor &x) const
{
  const Tensor y = at::empty({x.size(0), n_}, x.options());
  multiply(x, y);
  return y;
}

}  // namespace henrici
