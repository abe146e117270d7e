// Face values of fifth order, as kinetic/numerics/weno.py has them.
#pragma once

#include <cstdint>

#include "versions.h"

namespace henrici::kinetic {

constexpr std::int64_t GHOSTS = 3;  // cells beyond each end of the mesh that the stencil of the outermost face reaches
constexpr std::int64_t LANES = 8;   // of the widest vectors

/// A multiple of LANES: loops of such a length leave no rest for slow code.
HENRICI_INLINE std::int64_t whole(std::int64_t n) { return (n + LANES - 1) / LANES * LANES; }

/// Room for a row of n cells with its ghosts, and for its n + 1 faces.
HENRICI_INLINE std::int64_t padded(std::int64_t n) { return whole(n + 1) + LANES; }

/// The value at the face between `cell` and `next`, upwind from `far`.
///
/// With differences d, second differences c, four times the smoothness beta of the three stencils and y = 1 + (tau / beta)^2,
/// the shares of the stencils are 1, 6 and 3 times y. All y are multiplied by the same (beta_0 beta_1 beta_2)^2, which leaves
/// one division: so fields may be as large as 1e25.
HENRICI_INLINE double face(double far, double before, double cell, double next, double ahead)
{
  constexpr double TINY = 1e-40;  // keeps 0 / 0 away
  const double d0 = before - far, d1 = cell - before, d2 = next - cell, d3 = ahead - next;
  const double c0 = d1 - d0, c1 = d2 - d1, c2 = d3 - d2;
  const double e0 = d0 - 3 * d1, e1 = d1 + d2, e2 = d3 - 3 * d2;
  const double beta0 = e0 * e0 + (13.0 / 3 * c0 * c0 + TINY);
  const double beta1 = e1 * e1 + (13.0 / 3 * c1 * c1 + TINY);
  const double beta2 = e2 * e2 + (13.0 / 3 * c2 * c2 + TINY);
  const double tau = beta0 - beta2, square = tau * tau;
  const double b0 = beta0 * beta0, b1 = beta1 * beta1, b2 = beta2 * beta2;
  const double b01 = b0 * b1, b02 = b0 * b2, b12 = b1 * b2, every = b01 * b2;
  const double y0 = every + square * b12, y1 = every + square * b02, y2 = every + square * b01;
  const double total = y0 * (d0 - 2.5 * d1) - 3 * y1 * (e1 + d2) + 1.5 * y2 * (d3 - 4 * d2);
  return cell - 1.0 / 3 * (total / (y0 + 6 * y1 + 3 * y2));
}

/// The n + 1 faces of n cells with their ghosts, q [padded(n)]. right: upwind is where x is larger. out: [padded(n)], of which
/// those beyond n + 1 mean nothing.
HENRICI_INLINE void faces(const double *__restrict q, bool right, std::int64_t n, double *__restrict out)
{
  const std::int64_t count = whole(n + 1);
  if (right)
    for (std::int64_t i = 0; i < count; ++i) out[i] = face(q[i + 5], q[i + 4], q[i + 3], q[i + 2], q[i + 1]);
  else
    for (std::int64_t i = 0; i < count; ++i) out[i] = face(q[i], q[i + 1], q[i + 2], q[i + 3], q[i + 4]);
}

}  // namespace henrici::kinetic
