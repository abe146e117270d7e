#include "walls.h"

#include <algorithm>
#include <cmath>

#include "state.h"

namespace henrici::kinetic {
namespace {

/// m_0 .. m_(M+1) of the molecules on their way to a wall on the left, as the expansion of the gas has them where it is not negative.
HENRICI_INLINE void arriving(const Hermite &of, const Nodes &nodes, double rho, double u, double root, const Lanes *a, double *total)
{
  const double half = 0.5 * (std::clamp(-u / root, -nodes.reach, nodes.reach) + nodes.reach);
  Lanes sums[MOST + 1] = {};
  for (std::int64_t j = 0; j < nodes.count; j += LANES) {
    const Lanes xi = half * Lanes::load(nodes.node + j) - nodes.reach, v = u + root * xi;
    Lanes before{}, he = 1, found{};
    double factorial = 1;
    for (std::int64_t k = 0; k <= of.order; ++k) {
      found += a[k] * he * (1 / factorial);
      const Lanes next = xi * he - static_cast<double>(k) * before;
      before = he, he = next, factorial *= k + 1;
    }
    found *= Lanes::exponential(-0.5 * xi * xi) * (1 / std::sqrt(2 * M_PI));
    Lanes part = rho * half * Lanes::load(nodes.weight + j) * larger(found, 0);
    for (std::int64_t k = 0; k <= of.order + 1; ++k, part *= v) sums[k] += part;
  }
  for (std::int64_t k = 0; k <= of.order + 1; ++k) {
    total[k] = 0;
    for (std::int64_t l = 0; l < LANES; ++l) total[k] += sums[k][l];
  }
}

}  // namespace

void at_wall(const Hermite &of, const Nodes &nodes, const Wall &wall, bool right, std::int64_t n, const double *m,
             double *beyond, double *flux)
{
  const auto sign = [&](std::int64_t k) HENRICI_LAMBDA { return right && k % 2 ? -1.0 : 1.0; };
  Lanes a[MOST];
  for (std::int64_t k = 0; k <= of.order; ++k) a[k] = sign(k) * m[k * n + (right ? n - 1 : 0)];
  const double rho = a[0][0], u = a[1][0] / rho, root = std::sqrt(a[2][0] / rho - u * u);
  into_frame(of, of.order + 1, 1 / rho, u, 1 / root, a);
  double total[MOST + 1];
  arriving(of, nodes, rho, u, root, a, total);
  const double density = wall.density != 0 ? wall.density : -total[1] / wall.come[1];
  for (std::int64_t k = 0; k <= of.order + 1; ++k) total[k] += density * wall.come[k];
  for (std::int64_t k = 0; k <= of.order; ++k) {
    std::fill_n(beyond + k * BEYOND, BEYOND, sign(k) * total[k]);
    flux[k] = right ? -sign(k) * total[k + 1] : total[k + 1];
  }
}

}  // namespace henrici::kinetic
