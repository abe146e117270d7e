// Networks (kinetic/networks.py) of as many cells at once as a vector has lanes.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "closures.h"
#include "vectors.h"

namespace henrici::kinetic {

/// x / (1 + e^-x), from e^-|x|, which is never too large.
HENRICI_INLINE Lanes silu(const Lanes &x)
{
  const Lanes e = Lanes::exponential(-magnitude(x));
  return 0.5 * (x + magnitude(x) * (1 - e) / (1 + e));
}

/// out = start + matrix in. matrix: [outputs, inputs]
HENRICI_INLINE void layer(const double *matrix, const double *start, std::int64_t outputs, std::int64_t inputs, const Lanes *in,
                          Lanes *out)
{
#pragma GCC unroll 8
  for (std::int64_t j = 0; j < outputs; ++j) {
    Lanes sum = start[j];
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < inputs; ++k) sum += matrix[j * inputs + k] * in[k];
    out[j] = sum;
  }
}

/// work: twice the width.
HENRICI_INLINE void evaluate(const Network &of, const Lanes *in, Lanes *work, Lanes *out)
{
  if (of.width == 0) return layer(of.weight[2], of.bias[2], of.outputs, of.inputs, in, out);
  Lanes *const second = work + of.width;
  layer(of.weight[0], of.bias[0], of.width, of.inputs, in, work);
  for (std::int64_t j = 0; j < of.width; ++j) work[j] = silu(work[j]);
  layer(of.weight[1], of.bias[1], of.width, of.width, work, second);
  for (std::int64_t j = 0; j < of.width; ++j) second[j] = silu(second[j]);
  layer(of.weight[2], of.bias[2], of.outputs, of.width, second, out);
}

/// 1 / sqrt(1 + |x|^2), times which x is bounded.
HENRICI_INLINE Lanes bound(const Lanes *x, std::int64_t count)
{
  Lanes square = 1;
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < count; ++k) square += x[k] * x[k];
  return 1 / Lanes::root(square);
}

/// 1 over some numbers.
HENRICI_INLINE void invert(const double *of, std::int64_t n, double *out)
{
  for (std::int64_t k = 0; k < n; ++k) out[k] = 1 / of[k];
}

/// Vectors that are taken one group after the other, of one thread: they stay where they are between calls.
class Workspace {
 public:
  explicit Workspace(std::int64_t count)
  {
    thread_local std::vector<double> kept;
    left_ = reinterpret_cast<Lanes *>(sized(kept, count * LANES));
  }

  Lanes *take(std::int64_t count) { return std::exchange(left_, left_ + count); }

 private:
  Lanes *left_;
};

/// `count` rows of numbers of the cells from `first` on.
HENRICI_INLINE void fetch(const double *from, std::int64_t count, std::int64_t cells, std::int64_t first, Lanes *to)
{
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < count; ++k) to[k] = Lanes::load(from + k * cells + first);
}

/// How many numbers networks see (kinetic/networks.py) of so many moments that change their sign in a reflection, and that do not.
HENRICI_INLINE std::int64_t features(std::int64_t odds, std::int64_t evens) { return evens + odds * odds + 1; }

/// What they see of b_3 .. b_M, n = M - 2: in `odd` what changes its sign, in `seen` what does not, the share last. over_scale: [n] 1
/// over the scales.
HENRICI_INLINE void reflect(std::int64_t n, const double *parity, const Lanes *b, const double *over_scale, double small, Lanes *odd,
                            Lanes *seen)
{
  std::int64_t odds = 0, evens = 0;
  Lanes size{}, square = 1;
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < n; ++k) {
    const Lanes x = over_scale[k] * b[k];
    (parity[k] < 0 ? odd[odds++] : seen[evens++]) = x;
    size += b[k] * b[k], square += x * x;
  }
  const Lanes root = Lanes::root(square), both = 1 / (root * (size + small)), factor = both * (size + small);
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < odds; ++k) odd[k] *= factor;
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < evens; ++k) seen[k] *= factor;
#pragma GCC unroll 8
  for (std::int64_t j = 0; j < odds; ++j)
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < odds; ++k) seen[evens + j * odds + k] = odd[j] * odd[k];
  seen[evens + odds * odds] = size * root * both;
}

/// The weight of what was learned; 1 is added to `outside` for each cell, but for those known, in which b is beyond the domain.
/// over_limit: [n] 1 over the limits.
HENRICI_INLINE Lanes domain(std::int64_t n, const Lanes *b, const double *over_limit, std::int64_t known, std::int64_t &outside)
{
  Lanes beyond{};
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < n; ++k) beyond = larger(beyond, over_limit[k] * magnitude(b[k]));
  const Lanes room = 1 - beyond;
  double left[LANES];
  Lanes::store(left, room);
  for (std::int64_t l = 0; l < LANES; ++l) outside += l >= known && left[l] < 0 ? 1 : 0;
  return larger(0, 1 - larger(0, -2 * room));  // 3 - 2 beyond, from 0 to 1
}

}  // namespace henrici::kinetic
