// Tensors as the loops read them: float64, contiguous.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/library.h>

#include <optional>

namespace henrici::kinetic {

constexpr std::int64_t GRAIN = 1 << 14;  // values that are worth a thread

inline at::Tensor numbers(const at::Tensor &t, std::int64_t count)
{
  TORCH_CHECK(t.scalar_type() == at::kDouble && t.numel() == count, "expected ", count, " numbers in float64, got ", t.numel(),
              " of ", t.scalar_type());
  return t.contiguous();
}

inline std::optional<at::Tensor> numbers(const std::optional<at::Tensor> &t, std::int64_t count)
{
  return t ? std::optional(numbers(*t, count)) : t;
}

inline const double *at_row(const std::optional<at::Tensor> &t, std::int64_t offset)
{
  return t ? t->const_data_ptr<double>() + offset : nullptr;
}

}  // namespace henrici::kinetic
