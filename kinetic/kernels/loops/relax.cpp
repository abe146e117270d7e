#include <algorithm>
#include <cmath>

#include "frame.h"
#include "realizability.h"

namespace henrici::kinetic {
namespace {

/// `left` of the departure from equilibrium, a_3 .. a_M, or less where no gas has as much. known: of how many cells that is.
HENRICI_INLINE Relaxed draw(const Hermite &of, const Lanes *a, std::int64_t known, Lanes &left)
{
  const std::int64_t count = of.order - 2;
  Lanes bound{};  // no eigenvalue is larger
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < count; ++k) bound += of.most[k] * magnitude(a[k]);
  if (is_positive(-of.least - left * bound)) return {Lost::nothing, 0};
  Lanes part[MOST];
  double good[LANES], share[LANES];
  std::fill_n(good, LANES, 1.0);
  Lanes::store(share, left);
  for (std::int64_t k = 0; k < count; ++k) part[k] = left * a[k];
  for (int which = 0; which < 2; ++which) Form(of, which, part, -of.least).eliminate(of.degrees[which], good);
  Relaxed found{Lost::nothing, 0};
  for (std::int64_t l = 0; l < LANES; ++l) {
    if (good[l] > 0) continue;
    double one[MOST];
    for (std::int64_t k = 0; k < count; ++k) one[k] = part[k][l];
    if (!std::all_of(one, one + count, [](double x) { return std::isfinite(x); })) return {Lost::moments, 0};
    const double eigenvalue = lowest(of, one);
    if (eigenvalue >= of.least) continue;
    share[l] *= of.least / eigenvalue;
    found.drawn += l < known ? 0 : 1;
  }
  left = Lanes::load(share);
  return found;
}

/// m_k = u m_(k-1) + (k - 1) theta m_(k-2) in equilibrium.
HENRICI_INLINE Relaxed all_relaxed(const Hermite &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  const std::int64_t count = of.order + 1;
  Relaxed all{Lost::nothing, 0};
  std::copy_n(m, 3 * n, z);
  by_vectors(n, [&](std::int64_t first, std::int64_t known) HENRICI_LAMBDA {
    if (all.lost != Lost::nothing) return;
    Lanes a[MOST], moments[MOST];
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < count; ++k) a[k] = moments[k] = Lanes::load(m + k * n + first);
    const Lanes over_rho = 1 / a[0], u = a[1] * over_rho, theta = a[2] * over_rho - u * u, free = Lanes::load(eps + first);
    all.lost = lost(a[0], theta);
    if (all.lost != Lost::nothing) return;
    into_frame(of, count, over_rho, u, 1 / Lanes::root(theta), a);
    Lanes left = free / (free + dt);
    const Relaxed found = draw(of, a + 3, known, left);
    all.lost = found.lost;
    all.drawn += found.drawn;
    Lanes before = moments[1], here = moments[2];
#pragma GCC unroll 8
    for (std::int64_t k = 3; k < count; ++k) {
      const Lanes next = u * here + (k - 1.0) * theta * before;
      before = here, here = next;
      Lanes::store(z + k * n + first, next + left * (moments[k] - next));
    }
  });
  return all;
}

/// Mode by mode; then no departure is larger than the Maxwellian.
HENRICI_INLINE Relaxed all_relaxed(const Projection &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  const std::int64_t rows = of.order - 2;
  double over_rho[BLOCK], u[BLOCK], theta[BLOCK], modes[MOST][BLOCK];
  Relaxed all{Lost::nothing, 0};
  std::copy_n(m, 3 * n, z);
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, n - first);
    const double *const rho = m + first;
    all.lost = primitive(of.dimension, count, rho, rho + n, rho + 2 * n, over_rho, u, theta);
    if (all.lost != Lost::nothing) return all;
    double often[BLOCK], square[BLOCK] = {};
    for (std::int64_t i = 0; i < count; ++i) often[i] = dt / eps[first + i] * frequency(of, rho[i], theta[i]);
    const Field from{const_cast<double *>(rho) + 3 * n, n}, to{z + first + 3 * n, n};
    for (std::int64_t k = 0; k < rows; ++k) {
      combine(of.modes + k * rows, rows, from, count, modes[k]);
      for (std::int64_t i = 0; i < count; ++i) modes[k][i] /= 1 + of.rates[k] * often[i];
    }
    for (std::int64_t j = 0; j < rows; ++j) {
      combine(of.back + j * rows, rows, {modes[0], BLOCK}, count, to[j]);
      for (std::int64_t i = 0; i < count; ++i) square[i] += to[j][i] * to[j][i];
    }
    for (std::int64_t i = 0; i < count; ++i) {
      if (square[i] <= rho[i] * rho[i]) continue;
      for (std::int64_t j = 0; j < rows; ++j) to[j][i] *= rho[i] / std::sqrt(square[i]);
      ++all.drawn;
    }
  }
  return all;
}

}  // namespace

Relaxed relax(const Hermite &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return with_order(of, [&](const Hermite &known) HENRICI_LAMBDA { return all_relaxed(known, n, m, eps, dt, z); });
}

Relaxed relax(const Projection &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return all_relaxed(of, n, m, eps, dt, z);
}

Signal signal(double dimension, std::int64_t n, double fastest, const double *m, const double *eps)
{
  Signal found{0, 0, Lost::nothing};
  double over_rho[BLOCK], u[BLOCK], theta[BLOCK];
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, n - first);
    found.lost = primitive(dimension, count, m + first, m + n + first, m + 2 * n + first, over_rho, u, theta);
    if (found.lost != Lost::nothing) return found;
    for (std::int64_t i = 0; i < count; ++i) {
      u[i] = std::abs(u[i]) + fastest * std::sqrt(theta[i]);
      theta[i] *= eps[first + i];
    }
    for (std::int64_t i = 0; i < count; ++i) {
      found.speed = std::max(found.speed, u[i]);
      found.diffusion = std::max(found.diffusion, theta[i]);
    }
  }
  return found;
}

}  // namespace henrici::kinetic
