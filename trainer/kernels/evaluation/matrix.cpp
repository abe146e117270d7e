#include "matrix.h"

#include <ATen/Dispatch.h>

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
  TORCH_INTERNAL_ASSERT_DEBUG_ONLY(x.size(1) == k_ && y.size(1) == n_ && y.stride(1) == 1 && x.size(0) == y.size(0));
  AT_DISPATCH_FLOATING_TYPES(panels_.scalar_type(), "henrici::multiply", [&] {
    kernels::multiply(x.size(0), k_, n_, {x.data_ptr<scalar_t>(), x.stride(0), x.stride(1)}, panels_.data_ptr<scalar_t>(),
                      y.data_ptr<scalar_t>(), y.stride(0));
  });
}

}  // namespace henrici
