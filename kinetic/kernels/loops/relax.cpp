#include <algorithm>
#include <cmath>

#include "frame.h"
#include "realizability.h"

namespace henrici::kinetic {
namespace {

/// Cells of a block on their way to equilibrium.
struct Block {
  std::int64_t n;
  double u[BLOCK], theta[BLOCK], left[BLOCK];  // left: of the departure from equilibrium
  double a[MOST][BLOCK];
};

/// What is left where no gas has as much.
HENRICI_INLINE Relaxed draw(const Hermite &of, const double *m, std::int64_t stride, Block &block)
{
  const std::int64_t n = block.n, count = of.order + 1;
  double root[BLOCK], scale[BLOCK], good[BLOCK];
  for (std::int64_t k = 0; k < count; ++k) std::copy_n(m + k * stride, n, block.a[k]);
  for (std::int64_t i = 0; i < n; ++i) root[i] = std::sqrt(block.theta[i]);
  into_frame(of, count, n, m, block.u, root, scale, {block.a[0], BLOCK});
  for (std::int64_t k = 3; k < count; ++k)
    for (std::int64_t i = 0; i < n; ++i) block.a[k][i] *= block.left[i];
  double bound[BLOCK] = {};  // no eigenvalue is larger
  for (std::int64_t k = 3; k < count; ++k)
    for (std::int64_t i = 0; i < n; ++i) bound[i] += of.most[k - 3] * std::abs(block.a[k][i]);
  if (std::all_of(bound, bound + n, [&](double size) { return size <= -of.least; })) return {Lost::nothing, 0};
  std::fill_n(good, n, 1.0);
  Forms forms;
  for (int which = 0; which < 2; ++which) {
    forms.sum(of, which, n, block.a[3], BLOCK, -of.least);
    forms.eliminate(of.degrees[which], n, good);
  }
  Relaxed found{Lost::nothing, 0};
  for (std::int64_t i = 0; i < n; ++i) {
    if (good[i] > 0) continue;
    for (std::int64_t k = 3; k < count; ++k)
      if (!std::isfinite(block.a[k][i])) return {Lost::moments, 0};
    const double eigenvalue = lowest(of, block.a[3] + i, BLOCK);
    if (eigenvalue >= of.least) continue;
    block.left[i] *= of.least / eigenvalue;
    ++found.drawn;
  }
  return found;
}

/// m_k = u m_(k-1) + (k - 1) theta m_(k-2) in equilibrium.
HENRICI_INLINE Relaxed relaxed(const Hermite &of, std::int64_t stride, const double *m, const double *eps, double dt, Block &block,
                               double *z)
{
  const std::int64_t n = block.n;
  for (std::int64_t i = 0; i < n; ++i) block.left[i] = eps[i] / (eps[i] + dt);
  const Relaxed found = draw(of, m, stride, block);
  double before[BLOCK], here[BLOCK];
  std::copy_n(m + stride, n, before);
  std::copy_n(m + 2 * stride, n, here);
  for (std::int64_t k = 3; k <= of.order; ++k) {
    const double *__restrict const from = m + k * stride;
    double *__restrict const to = z + k * stride;
    for (std::int64_t i = 0; i < n; ++i) {
      const double next = block.u[i] * here[i] + (k - 1) * block.theta[i] * before[i];
      before[i] = here[i], here[i] = next;
      to[i] = next + block.left[i] * (from[i] - next);
    }
  }
  return found;
}

/// Mode by mode; then no departure is larger than the Maxwellian.
HENRICI_INLINE Relaxed relaxed(const Projection &of, std::int64_t stride, const double *m, const double *eps, double dt, Block &block,
                               double *z)
{
  const std::int64_t n = block.n, rows = of.order - 2;
  double often[BLOCK], square[BLOCK] = {};
  for (std::int64_t i = 0; i < n; ++i) often[i] = dt / eps[i] * frequency(of, m[i], block.theta[i]);
  const Field from{const_cast<double *>(m) + 3 * stride, stride}, modes{block.a[0], BLOCK}, to{z + 3 * stride, stride};
  for (std::int64_t k = 0; k < rows; ++k) {
    combine(of.modes + k * rows, rows, from, n, modes[k]);
    for (std::int64_t i = 0; i < n; ++i) modes[k][i] /= 1 + of.rates[k] * often[i];
  }
  for (std::int64_t j = 0; j < rows; ++j) {
    combine(of.back + j * rows, rows, modes, n, to[j]);
    for (std::int64_t i = 0; i < n; ++i) square[i] += to[j][i] * to[j][i];
  }
  Relaxed found{Lost::nothing, 0};
  for (std::int64_t i = 0; i < n; ++i) {
    if (square[i] <= m[i] * m[i]) continue;
    for (std::int64_t j = 0; j < rows; ++j) to[j][i] *= m[i] / std::sqrt(square[i]);
    ++found.drawn;
  }
  return found;
}

template <typename Variables>
HENRICI_INLINE Relaxed all_relaxed(const Variables &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  Relaxed all{Lost::nothing, 0};
  Block block;
  std::copy_n(m, 3 * n, z);
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    block.n = std::min(BLOCK, n - first);
    all.lost = primitive(of.dimension, block.n, m + first, m + n + first, m + 2 * n + first, block.u, block.theta);
    if (all.lost != Lost::nothing) return all;
    if (of.order == 2) continue;
    const Relaxed found = relaxed(of, n, m + first, eps + first, dt, block, z + first);
    if (found.lost != Lost::nothing) return found;
    all.drawn += found.drawn;
  }
  return all;
}

}  // namespace

HENRICI_VERSIONS Relaxed relax(const Hermite &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return all_relaxed(of, n, m, eps, dt, z);
}

HENRICI_VERSIONS Relaxed relax(const Projection &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return all_relaxed(of, n, m, eps, dt, z);
}

HENRICI_VERSIONS Signal signal(double dimension, std::int64_t n, double fastest, const double *m, const double *eps)
{
  Signal found{0, 0, Lost::nothing};
  double u[BLOCK], theta[BLOCK];
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, n - first);
    found.lost = primitive(dimension, count, m + first, m + n + first, m + 2 * n + first, u, theta);
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
