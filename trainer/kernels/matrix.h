// Products of matrices (loops/product.h) on tensors, on all threads that torch has.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace henrici {

/// One that others are multiplied by, once or many times.
class Matrix {
 public:
  /// B: [k, n]; b: [n], added to every row of a product, or undefined. Copied.
  explicit Matrix(const at::Tensor &B, const at::Tensor &b = {});

  std::int64_t rows() const { return k_; }
  std::int64_t columns() const { return n_; }

  /// y = x B + (b, b, ...); x: [m, k], y: [m, n], whose rows may lie apart
  void multiply(const at::Tensor &x, const at::Tensor &y) const;

  /// The same, y contiguous.
  at::Tensor multiply(const at::Tensor &x) const;

 private:
  std::int64_t k_, n_;
  at::Tensor panels_;
};

}  // namespace henrici
