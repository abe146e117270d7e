// Face values that leave a gas its density and its temperature: kinetic/numerics/positivity.py.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "vectors.h"

namespace henrici::kinetic {

constexpr double KEPT = 1e-3;  // share of rho^2 theta of a cell that its face values keep

/// The smallest t > 0 with a t^2 + b t + c = 0, c > 0; 2 where there is none up to there.
inline double first_root(double a, double b, double c)
{
  const double discriminant = b * b - 4 * a * c;
  const double t = 2 * c / (std::sqrt(std::max(discriminant, 0.0)) - b);
  return discriminant >= 0 && t > 0 ? t : 2;
}

/// What of a way from a cell to a face, of the first three moments, leaves a gas. Real: a number, or several at once.
template <typename Real> struct Way {
  Real w0, w1, w2, d0, d1, d2;

  HENRICI_INLINE Real a() const { return d0 * d2 - d1 * d1; }
  HENRICI_INLINE Real b() const { return w0 * d2 + w2 * d0 - 2 * w1 * d1; }
  HENRICI_INLINE Real c() const { return w0 * w2 - w1 * w1; }
  /// All of it where both are not negative.
  HENRICI_INLINE Real room() const { return (1 - KEPT) * c() - (magnitude(a()) + magnitude(b())); }
  HENRICI_INLINE Real room_for_density() const { return (1 - KEPT) * w0 - magnitude(d0); }

  Real share() const
  {
    if (!(c() > 0 && w0 > 0)) return 0;
    const Real least = (1 - KEPT) * c(), root = std::min(first_root(a(), b(), least), first_root(a(), -b(), least));
    return std::clamp(std::min(root, (1 - KEPT) * w0 / std::max(magnitude(d0), 1e-300)), 0.0, 1.0);
  }
};

/// Face values of `count` moments, drawn towards the cells.
HENRICI_INLINE void limit(std::int64_t count, const Lanes *cell, Lanes *face)
{
  const Way<Lanes> way{cell[0], cell[1], cell[2], face[0] - cell[0], face[1] - cell[1], face[2] - cell[2]};
  const Lanes room = way.room(), for_density = way.room_for_density();
  if (!is_negative(room, for_density)) return;
  double shares[LANES];
  for (std::int64_t l = 0; l < LANES; ++l)
    shares[l] = Way<double>{way.w0[l], way.w1[l], way.w2[l], way.d0[l], way.d1[l], way.d2[l]}.share();
  const Lanes t = Lanes::load(shares);
  for (std::int64_t k = 0; k < count; ++k) face[k] = cell[k] + t * (face[k] - cell[k]);
}

}  // namespace henrici::kinetic
