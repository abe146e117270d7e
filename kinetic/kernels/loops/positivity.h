// Face values that leave a gas its density and its temperature: kinetic/numerics/positivity.py.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "versions.h"

namespace henrici::kinetic {

constexpr double KEPT = 1e-3;  // share of rho^2 theta of a cell that its face values keep

/// The smallest t > 0 with a t^2 + b t + c = 0, c > 0; 2 where there is none up to there.
inline double first_root(double a, double b, double c)
{
  const double discriminant = b * b - 4 * a * c;
  const double t = 2 * c / (std::sqrt(std::max(discriminant, 0.0)) - b);
  return discriminant >= 0 && t > 0 ? t : 2;
}

/// What of a way from a cell to a face, of the first three moments, leaves a gas.
struct Way {
  double w0, w1, w2, d0, d1, d2;

  HENRICI_INLINE double a() const { return d0 * d2 - d1 * d1; }
  HENRICI_INLINE double b() const { return w0 * d2 + w2 * d0 - 2 * w1 * d1; }
  HENRICI_INLINE double c() const { return w0 * w2 - w1 * w1; }
  HENRICI_INLINE bool free() const
  {
    return ((1 - KEPT) * c() >= std::abs(a()) + std::abs(b())) & (std::abs(d0) <= (1 - KEPT) * w0);
  }
  double share() const
  {
    if (!(c() > 0 && w0 > 0)) return 0;
    const double room = (1 - KEPT) * c(), root = std::min(first_root(a(), b(), room), first_root(a(), -b(), room));
    return std::clamp(std::min(root, (1 - KEPT) * w0 / std::max(std::abs(d0), 1e-300)), 0.0, 1.0);
  }
};

/// faces [count rows of n, stride apart], drawn towards the cells, which are as far apart.
HENRICI_INLINE void limit(std::int64_t count, std::int64_t n, std::int64_t stride, const double *__restrict cells,
                          double *__restrict faces)
{
  const auto way = [=](std::int64_t i) HENRICI_LAMBDA {
    const double w0 = cells[i], w1 = cells[stride + i], w2 = cells[2 * stride + i];
    return Way{w0, w1, w2, faces[i] - w0, faces[stride + i] - w1, faces[2 * stride + i] - w2};
  };
  std::int64_t bound = 0;
  for (std::int64_t i = 0; i < n; ++i) bound += way(i).free() ? 0 : 1;
  if (bound == 0) return;
  for (std::int64_t i = 0; i < n; ++i) {
    const Way along = way(i);
    if (along.free()) continue;
    const double t = along.share();
    for (std::int64_t k = 0; k < count; ++k) {
      const double cell = cells[k * stride + i];
      faces[k * stride + i] = cell + t * (faces[k * stride + i] - cell);
    }
  }
}

}  // namespace henrici::kinetic
