// A matrix that others are multiplied by many times.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace henrici {

class Matrix {
 public:
  Matrix() = default;

  /// B: [k, n]; b: [n], added to every row of a product, or undefined. Copied.
  explicit Matrix(const at::Tensor &B, const at::Tensor &b = {});

  std::int64_t rows() const { return k_; }
  std::int64_t columns() const { return n_; }

  /// y = x B + (b, b, ...); x: [m, k], y: [m, n], rows may lie apart
  void multiply(const at::Tensor &x, const at::Tensor &y) const;

 private:
  std::int64_t k_ = 0, n_ = 0;
  at::Tensor panels_;
};

}  // namespace henrici
