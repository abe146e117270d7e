#include "frame.h"
#include "networks.h"

namespace henrici::kinetic {
namespace {

constexpr std::int64_t MOST_ORDER = 16, MOST_SEEN = 64;  // the largest order, and what networks see or say of its moments
constexpr double ALTERNATING[MOST_ORDER] = {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1};  // signs of a_3, a_4, ...

/// The M gaps between the roots of the quasilinear part. y: what the network says.
HENRICI_INLINE void gaps(const HermiteClosure &of, const Lanes *odd, const Lanes &share, const Lanes *y, Lanes *gap)
{
  const std::int64_t m = of.order, alike = (m + 1) / 2, anti = m / 2, odds = (m - 1) / 2;
#pragma GCC unroll 8
  for (std::int64_t i = 0; i < alike; ++i) {  // a gap and its mirror image: what is the same, and what has the other sign
    Lanes turned{};
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < odds && i < anti; ++k) turned += odd[k] * y[alike + k * anti + i];
    gap[m - 1 - i] = y[i] - turned;
    gap[i] = y[i] + turned;
  }
  const Lanes half = 0.5 * share * bound(gap, m);
  Lanes total{};
  double whole = 0;
#pragma GCC unroll 8
  for (std::int64_t j = 0; j < m; ++j) {
    const Lanes root = 1 + half * gap[j];
    gap[j] = of.gaps[j] * (root * root);
    whole += of.gaps[j], total += gap[j];
  }
  const Lanes scale = whole / total;
#pragma GCC unroll 8
  for (std::int64_t j = 0; j < m; ++j) gap[j] *= scale;
}

/// -sum_k c_k g_k: what prod_j (v - z_j) = He_(M+1) - sum_k c_k He_k becomes with g_k in the place of He_k and 0 in that of
/// He_(M+1). Factor by factor, from v He_k = He_(k+1) + k He_(k-1). first: z_0; g: M + 2 of them, the last one 0; overwritten.
HENRICI_INLINE Lanes apply(std::int64_t m, double first, const Lanes *gap, Lanes *g)
{
  Lanes z = first;
#pragma GCC unroll 8
  for (std::int64_t j = 0; j <= m; ++j) {
    Lanes before{};
#pragma GCC unroll 8
    for (std::int64_t k = 0; k <= m - j; ++k) {
      const Lanes here = g[k];
      g[k] = g[k + 1] - z * here + double(k) * before;
      before = here;
    }
    if (j < m) z += gap[j];
  }
  return g[0];
}

HENRICI_INLINE std::int64_t all_evaluated(const HermiteClosure &of, const Seen &flow, double *h)
{
  const std::int64_t m = of.order, n = m - 2, odds = (m - 1) / 2, count = features(odds, n - odds);
  Network speeds = of.speeds;  // with numbers that the compiler knows where it knows the order
  speeds.inputs = count, speeds.outputs = (m + 1) / 2 + odds * (m / 2);
  Lanes *const hidden = Workspace(2 * speeds.width).take(2 * speeds.width);
  double over_scale[MOST], over_limit[MOST], over_factorial[MOST];
  invert(of.scale, n, over_scale), invert(of.limit, n, over_limit), invert(of.factorial + 3, n, over_factorial);
  std::int64_t outside = 0;
  by_vectors(flow.cells, [&](std::int64_t first, std::int64_t known) HENRICI_LAMBDA {
    Lanes b[MOST_ORDER], g[MOST_ORDER + 2], odd[MOST_ORDER], seen[MOST_SEEN], y[MOST_SEEN], gap[MOST_ORDER];
    fetch(flow.b, n, flow.cells, first, b), fetch(flow.g, m + 1, flow.cells, first, g);
    g[m + 1] = Lanes{};
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < n; ++k) b[k] *= over_factorial[k];
    reflect(n, ALTERNATING, b, over_scale, of.small, odd, seen);
    evaluate(speeds, seen, hidden, y);
    gaps(of, odd, seen[count - 1], y, gap);
    const Lanes weight = domain(n, b, over_limit, known, outside);
    Lanes::store(h + first, Lanes::load(flow.arrived + first) - weight * apply(m, of.first[0], gap, g));
  });
  return outside;
}

}  // namespace

std::int64_t evaluate(const HermiteClosure &of, const Seen &flow, double *h)
{
  return with_order(of, [&](const HermiteClosure &known) HENRICI_LAMBDA { return all_evaluated(known, flow, h); });
}

}  // namespace henrici::kinetic
