#include "frame.h"
#include "networks.h"

namespace henrici::kinetic {
namespace {

/// Roots z_0 < ... < z_M of the quasilinear part: the first of them, and the M gaps after it.
HENRICI_INLINE void gaps(const HermiteClosure &of, const Reflected &x, Row *work, Row *y, Row *gap)
{
  const std::int64_t m = of.order, alike = (m + 1) / 2, anti = m / 2, odds = x.odds;
  evaluate(of.speeds, x.seen, work, y);
#pragma GCC unroll 8
  for (std::int64_t j = 0; j < anti; ++j) {  // the other kind of shifts, in the place of what odd moments are multiplied by
    Row sum = {};
    for (std::int64_t k = 0; k < odds; ++k)
      each([&](std::int64_t i) HENRICI_LAMBDA { sum[i] += x.odd[k][i] * y[alike + k * anti + j][i]; });
    std::copy_n(sum, CELLS, y[alike + j]);
  }
  product(of.shift, m, alike + anti, y, gap);
  Row total = {}, half;
  bound(gap, m, half);
  each([&](std::int64_t i) HENRICI_LAMBDA { half[i] *= 0.5 * x.share()[i]; });
  double whole = 0;
#pragma GCC unroll 8
  for (std::int64_t j = 0; j < m; ++j) {
    const double at_rest = of.gaps[j];
    whole += at_rest;
    each([&](std::int64_t i) HENRICI_LAMBDA {
      const double root = 1 + half[i] * gap[j][i];
      gap[j][i] = at_rest * root * root;
      total[i] += gap[j][i];
    });
  }
  each([&](std::int64_t i) HENRICI_LAMBDA { total[i] = whole / total[i]; });
#pragma GCC unroll 8
  for (std::int64_t j = 0; j < m; ++j)
    each([&](std::int64_t i) HENRICI_LAMBDA { gap[j][i] *= total[i]; });
}

/// -sum_k c_k g_k: what prod_j (v - z_j) = He_(M+1) - sum_k c_k He_k becomes with g_k in the place of He_k and 0 in that of
/// He_(M+1). Factor by factor, from v He_k = He_(k+1) + k He_(k-1). g: M + 2 rows, the last one 0; overwritten, the answer in
/// the first.
HENRICI_INLINE void apply(std::int64_t m, double first, const Row *gap, Row *g)
{
  Row z;
  each([&](std::int64_t i) HENRICI_LAMBDA { z[i] = first; });
#pragma GCC unroll 8
  for (std::int64_t j = 0; j <= m; ++j) {
    Row before = {};
#pragma GCC unroll 8
    for (std::int64_t k = 0; k <= m - j; ++k)
      each([&](std::int64_t i) HENRICI_LAMBDA {
        const double here = g[k][i];
        g[k][i] = g[k + 1][i] - z[i] * here + k * before[i];
        before[i] = here;
      });
    if (j < m) each([&](std::int64_t i) HENRICI_LAMBDA { z[i] += gap[j][i]; });
  }
}

HENRICI_INLINE std::int64_t all_evaluated(const HermiteClosure &of, const Seen &flow, double *h)
{
  const std::int64_t m = of.order, n = m - 2;
  Reflected x{n, (m - 1) / 2, nullptr, nullptr};
  Workspace rows(n + 1 + (m + 2) + x.odds + x.features() + of.speeds.outputs + 1 + 2 * of.speeds.width + m);
  Row *const b = rows.take(n), *const g = rows.take(m + 2), *const carried = rows.take(1);
  x.odd = rows.take(x.odds), x.seen = rows.take(x.features());
  Row *const y = rows.take(of.speeds.outputs + 1), *const work = rows.take(2 * of.speeds.width), *const gap = rows.take(m);
  double over_scale[MOST], over_limit[MOST], over_factorial[MOST];
  invert(of.scale, n, over_scale), invert(of.limit, n, over_limit), invert(of.factorial + 3, n, over_factorial);
  std::int64_t outside = 0;
  for (std::int64_t first = 0; first < flow.cells; first += CELLS) {
    const std::int64_t there = std::min(CELLS, flow.cells - first);
    fetch(flow.b, n, flow.cells, first, b), fetch(flow.g, m + 1, flow.cells, first, g);
    std::fill_n(g[m + 1], CELLS, 0.0);
    fetch(flow.once, 1, flow.cells, first, carried);
    for (std::int64_t k = 0; k < n; ++k)
      each([&](std::int64_t i) HENRICI_LAMBDA { b[k][i] *= over_factorial[k]; });
    reflect(x, of.parity, b, over_scale, of.small);
    gaps(of, x, work, y, gap);
    apply(m, of.first[0], gap, g);
    Row sum;
    outside += domain(n, b, over_limit, there, sum);
    each([&](std::int64_t i) HENRICI_LAMBDA { sum[i] = carried[0][i] - sum[i] * g[0][i]; });
    std::copy_n(sum, there, h + first);
  }
  return outside;
}

}  // namespace

HENRICI_VERSIONS std::int64_t evaluate(const HermiteClosure &of, const Seen &flow, double *h)
{
  return with_order(of, [&](const HermiteClosure &known) HENRICI_LAMBDA { return all_evaluated(known, flow, h); });
}

}  // namespace henrici::kinetic
