// Networks (kinetic/networks.py) of many cells at once: a number of each cell is a row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "closures.h"
#include "vectors.h"

namespace henrici::kinetic {

constexpr std::int64_t CELLS = 24;  // that are worked on at a time; loops always take all of them: 3 of the widest vectors
using Row = double[CELLS];

/// Calls work(i) for each of the cells.
template <typename Work> HENRICI_INLINE void each(Work work)
{
  for (std::int64_t i = 0; i < CELLS; ++i) work(i);
}

/// e^x for x <= 709, to rounding; 0 for x < -708. It is 2^n e^t, |t| <= log(2) / 2: the polynomial of degree 10 that is closest.
HENRICI_INLINE double exponential(double x)
{
  constexpr double LOG2_E = 1.4426950408889634, HIGH = 0x1.62e42feep-1, LOW = 0x1.a39ef35793c76p-33;  // log 2
  constexpr double SHIFT = 0x1.8p52;  // added to n, it leaves n in the last bits
  constexpr double CLOSEST[] = {2.74884324252217317e-7, 2.76397846140087575e-6, 2.48019178121747088e-5, 1.98411713452207247e-4,
                                1.38888884989127571e-3, 8.33333338469624109e-3, 4.16666666684273863e-2, 0.166666666665576552,
                                0.499999999999972844,   1.00000000000000645,    1.0};
  const double shifted = x * LOG2_E + SHIFT, n = shifted - SHIFT;
  const double t = (x - n * HIGH) - n * LOW;
  double series = CLOSEST[0];
  for (int k = 1; k < 11; ++k) series = series * t + CLOSEST[k];
  std::uint64_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return x < -708 ? 0 : series * power;
}

HENRICI_INLINE double silu(double x)
{
  return x < -708 ? 0 : x / (1 + exponential(-x));  // there it would be too large
}

/// `COUNT` rows of a product, which begin as start(j, i): what they have in common is fetched once.
template <int COUNT, typename Start>
HENRICI_INLINE void rows(const double *matrix, std::int64_t inputs, const Row *in, Row *out, Start start)
{
  Row sum[COUNT];
  for (int j = 0; j < COUNT; ++j) each([&](std::int64_t i) HENRICI_LAMBDA { sum[j][i] = start(j, i); });
  for (std::int64_t k = 0; k < inputs; ++k)
    for (int j = 0; j < COUNT; ++j) {
      const double c = matrix[j * inputs + k];
      each([&](std::int64_t i) HENRICI_LAMBDA { sum[j][i] += c * in[k][i]; });
    }
  for (int j = 0; j < COUNT; ++j) each([&](std::int64_t i) HENRICI_LAMBDA { out[j][i] = sum[j][i]; });
}

/// out = start + matrix in. matrix: [outputs, inputs]; start(j, i): of output j
template <typename Start>
HENRICI_INLINE void product(const double *matrix, std::int64_t outputs, std::int64_t inputs, const Row *in, Row *out, Start start)
{
  constexpr int AT_ONCE = 4;
  std::int64_t first = 0;
  const auto of = [&](int j, std::int64_t i) HENRICI_LAMBDA { return start(first + j, i); };
  for (; first + AT_ONCE <= outputs; first += AT_ONCE) rows<AT_ONCE>(matrix + first * inputs, inputs, in, out + first, of);
  for (; first < outputs; ++first) rows<1>(matrix + first * inputs, inputs, in, out + first, of);
}

/// out = matrix in, or out += with `more`.
HENRICI_INLINE void product(const double *matrix, std::int64_t outputs, std::int64_t inputs, const Row *in, Row *out,
                            bool more = false)
{
  product(matrix, outputs, inputs, in, out,
          [&](std::int64_t j, std::int64_t i) HENRICI_LAMBDA { return more ? out[j][i] : 0; });
}

/// work: twice the width.
HENRICI_INLINE void evaluate(const Network &of, const Row *in, Row *work, Row *out)
{
  std::int64_t inputs = of.inputs;
  const auto layer = [&](int k, std::int64_t outputs, Row *to) HENRICI_LAMBDA {
    product(of.weight[k], outputs, inputs, in, to, [&](std::int64_t j, std::int64_t) HENRICI_LAMBDA { return of.bias[k][j]; });
    in = to, inputs = outputs;
  };
  for (int hidden = 0; hidden < 2 && of.width; ++hidden) {
    Row *const to = work + hidden * of.width;
    layer(hidden, of.width, to);
    for (std::int64_t j = 0; j < of.width; ++j) each([&](std::int64_t i) HENRICI_LAMBDA { to[j][i] = silu(to[j][i]); });
  }
  layer(2, of.outputs, out);
}

/// factor = 1 / sqrt(1 + |x|^2), which bounds x.
HENRICI_INLINE void bound(const Row *x, std::int64_t count, Row &factor)
{
  each([&](std::int64_t i) HENRICI_LAMBDA { factor[i] = 1; });
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < count; ++k)
    each([&](std::int64_t i) HENRICI_LAMBDA { factor[i] += x[k][i] * x[k][i]; });
  each([&](std::int64_t i) HENRICI_LAMBDA { factor[i] = 1 / std::sqrt(factor[i]); });
}

/// 1 over some numbers.
HENRICI_INLINE void invert(const double *of, std::int64_t n, double *out)
{
  for (std::int64_t k = 0; k < n; ++k) out[k] = 1 / of[k];
}

/// Rows that are taken one group after the other, of one thread: they stay where they are between calls.
class Workspace {
 public:
  explicit Workspace(std::int64_t count)
  {
    thread_local std::vector<double> kept;
    left_ = reinterpret_cast<Row *>(sized(kept, count * CELLS));
  }

  Row *take(std::int64_t count) { return std::exchange(left_, left_ + count); }

 private:
  Row *left_;
};

/// `count` rows of numbers of the cells from `first` on; the last of all cells again beyond the end.
HENRICI_INLINE void fetch(const double *from, std::int64_t count, std::int64_t cells, std::int64_t first, Row *to)
{
  for (std::int64_t k = 0; k < count; ++k, from += cells)
    for (std::int64_t i = 0; i < CELLS; i += LANES) {
      const std::int64_t begin = first + i, there = std::min(LANES, cells - begin);
      Simd::store(to[k] + i, there > 0 ? some(from + begin, there) : Lanes{} + from[cells - 1]);
    }
}

/// What networks see of b_3 .. b_M (kinetic/networks.py), n = M - 2.
struct Reflected {
  std::int64_t n, odds;  // odds: how many of them change their sign in a reflection
  Row *odd;              // those, over their scale, bounded
  Row *seen;             // the others, so too; products of the odd ones; the share: features() rows

  std::int64_t evens() const { return n - odds; }
  std::int64_t features() const { return evens() + odds * odds + 1; }
  Row *products() const { return seen + evens(); }
  Row &share() const { return seen[features() - 1]; }
};

/// over_scale: [n] 1 over the scales.
HENRICI_INLINE void reflect(const Reflected &to, const double *parity, const Row *b, const double *over_scale, double small)
{
  Row size = {}, factor, *odd = to.odd, *even = to.seen;
  each([&](std::int64_t i) HENRICI_LAMBDA { factor[i] = 1; });
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < to.n; ++k) {
    Row &x = parity[k] < 0 ? *odd++ : *even++;
    each([&](std::int64_t i) HENRICI_LAMBDA {
      size[i] += b[k][i] * b[k][i];
      x[i] = over_scale[k] * b[k][i];
      factor[i] += x[i] * x[i];
    });
  }
  each([&](std::int64_t i) HENRICI_LAMBDA {
    to.share()[i] = size[i] / (size[i] + small);
    factor[i] = 1 / std::sqrt(factor[i]);
  });
  for (Row *x = to.odd; x < odd; ++x) each([&](std::int64_t i) HENRICI_LAMBDA { (*x)[i] *= factor[i]; });
  for (Row *x = to.seen; x < even; ++x) each([&](std::int64_t i) HENRICI_LAMBDA { (*x)[i] *= factor[i]; });
  for (std::int64_t j = 0; j < to.odds; ++j)
    for (std::int64_t k = 0; k < to.odds; ++k)
      each([&](std::int64_t i) HENRICI_LAMBDA { to.products()[j * to.odds + k][i] = to.odd[j][i] * to.odd[k][i]; });
}

/// k / (1 + k), k the mean free path times the norm of the slopes g.
HENRICI_INLINE void knudsen(const Row *g, std::int64_t count, double tiny, const Row &path, Row &out)
{
  Row square;
  each([&](std::int64_t i) HENRICI_LAMBDA { square[i] = tiny; });
  for (std::int64_t k = 0; k < count; ++k)
    each([&](std::int64_t i) HENRICI_LAMBDA { square[i] += g[k][i] * g[k][i]; });
  each([&](std::int64_t i) HENRICI_LAMBDA {
    const double number = path[i] * std::sqrt(square[i]);
    out[i] = number / (1 + number);
  });
}

/// over_limit: [n] 1 over the limits. The weight of what was learned, and in how many of `there` cells b is beyond the domain.
HENRICI_INLINE std::int64_t domain(std::int64_t n, const Row *b, const double *over_limit, std::int64_t there, Row &weight)
{
  Row beyond = {};
  for (std::int64_t k = 0; k < n; ++k)
    each([&](std::int64_t i) HENRICI_LAMBDA { beyond[i] = std::max(beyond[i], std::abs(b[k][i]) * over_limit[k]); });
  each([&](std::int64_t i) HENRICI_LAMBDA { weight[i] = std::max(0.0, std::min(1.0, 3 - 2 * beyond[i])); });
  std::int64_t outside = 0;
  for (std::int64_t i = 0; i < there; ++i) outside += beyond[i] <= 1 ? 0 : 1;
  return outside;
}

}  // namespace henrici::kinetic
