#include <algorithm>
#include <cmath>
#include <type_traits>

#include "frame.h"
#include "realizability.h"

namespace henrici::kinetic {
namespace {

/// Cells of a block on their way to equilibrium.
struct Block {
  std::int64_t n;
  double u[BLOCK], theta[BLOCK], left[BLOCK];  // left: of the departure from equilibrium
  double a[17][BLOCK];
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

/// A departure is at most as large as the Maxwellian.
HENRICI_INLINE Relaxed draw(const Learned &of, const double *m, std::int64_t stride, Block &block)
{
  double square[BLOCK] = {};
  for (std::int64_t k = 3; k <= of.order; ++k)
    for (std::int64_t i = 0; i < block.n; ++i) {
      const double b = block.left[i] * m[k * stride + i] / m[i];
      square[i] += b * b;
    }
  Relaxed found{Lost::nothing, 0};
  for (std::int64_t i = 0; i < block.n; ++i) {
    if (square[i] <= 1) continue;
    block.left[i] /= std::sqrt(square[i]);
    ++found.drawn;
  }
  return found;
}

template <typename Variables>
HENRICI_INLINE Relaxed all_relaxed(const Variables &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  constexpr bool HERMITE = std::is_same_v<Variables, Hermite>;
  Relaxed all{Lost::nothing, 0};
  Block block;
  std::copy_n(m, 3 * n, z);
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    const std::int64_t count = block.n = std::min(BLOCK, n - first);
    all.lost = primitive(count, m + first, m + n + first, m + 2 * n + first, block.u, block.theta);
    if (all.lost != Lost::nothing) return all;
    for (std::int64_t i = 0; i < count; ++i) block.left[i] = eps[first + i] / (eps[first + i] + dt);
    if (of.order > 2) {
      const Relaxed found = draw(of, m + first, n, block);
      if (found.lost != Lost::nothing) return found;
      all.drawn += found.drawn;
    }
    double before[BLOCK], here[BLOCK];
    std::copy_n(m + n + first, count, before);
    std::copy_n(m + 2 * n + first, count, here);
    for (std::int64_t k = 3; k <= of.order; ++k) {
      const double *__restrict const from = m + k * n + first;
      double *__restrict const to = z + k * n + first;
      for (std::int64_t i = 0; i < count; ++i) {  // m_k = u m_(k-1) + (k - 1) theta m_(k-2)
        const double next = HERMITE ? block.u[i] * here[i] + (k - 1) * block.theta[i] * before[i] : 0;
        before[i] = here[i], here[i] = next;
        to[i] = next + block.left[i] * (from[i] - next);
      }
    }
  }
  return all;
}

}  // namespace

HENRICI_VERSIONS Relaxed relax(const Hermite &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return all_relaxed(of, n, m, eps, dt, z);
}

HENRICI_VERSIONS Relaxed relax(const Learned &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return all_relaxed(of, n, m, eps, dt, z);
}

HENRICI_VERSIONS Signal signal(std::int64_t n, double fastest, const double *m, const double *eps)
{
  Signal found{0, 0, Lost::nothing};
  double u[BLOCK], theta[BLOCK];
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, n - first);
    found.lost = primitive(count, m + first, m + n + first, m + 2 * n + first, u, theta);
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
