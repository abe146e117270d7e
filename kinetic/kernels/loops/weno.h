// Face values of fifth order, as kinetic/numerics/weno.py has them.
#pragma once

#include <cstdint>

#include "vectors.h"

namespace henrici::kinetic {

constexpr std::int64_t GHOSTS = 3;  // cells beyond each end of the mesh that the stencil of the outermost face reaches

/// Room for a row of n cells with its ghosts, and for its n + 1 faces.
HENRICI_INLINE std::int64_t padded(std::int64_t n) { return whole(n + 1) + GROUP; }

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

/// Smoothness of the stencils of three cells that end, have their middle and begin at a cell, times 4: kinetic.numerics.weno.
template <typename Real> struct Smoothness {
  Real ends{}, middle{}, begins{};

  /// That of q, cells i - 2 .. i + 2.
  HENRICI_INLINE void add(const Real &scale, const Real (&q)[5])
  {
    const Real d0 = q[1] - q[0], d1 = q[2] - q[1], d2 = q[3] - q[2], d3 = q[4] - q[3];
    const Real c0 = d1 - d0, c1 = d2 - d1, c2 = d3 - d2, e0 = d0 - 3 * d1, e1 = d1 + d2, e2 = d3 - 3 * d2;
    ends += scale * (e0 * e0 + 13.0 / 3 * c0 * c0);
    middle += scale * (e1 * e1 + 13.0 / 3 * c1 * c1);
    begins += scale * (e2 * e2 + 13.0 / 3 * c2 * c2);
  }
};

/// Of the differences between five cells in the value at a face, the same for all fields: kinetic.numerics.weno.shares.
template <typename Real> struct Shares {
  Real of[4];

  /// first, middle, last: smoothness of the stencils from the upwind one on. As in `face`, one division is left.
  HENRICI_INLINE Shares(const Real &first, const Real &middle, const Real &last)
  {
    constexpr double NOISE = 1e-24;
    const Real b0 = first + NOISE, b1 = middle + NOISE, b2 = last + NOISE, tau = b0 - b2, square = tau * tau;
    const Real b01 = b0 * b1, b02 = b0 * b2, b12 = b1 * b2, every = b01 * b2, all = every * every;
    const Real y0 = all + square * b12 * b12, y1 = all + square * b02 * b02, y2 = all + square * b01 * b01;
    const Real part = 1 / (3 * (y0 + 6 * y1 + 3 * y2));
    of[0] = -part * y0, of[1] = part * (2.5 * y0 + 3 * y1), of[2] = part * (6 * (y1 + y2)), of[3] = -1.5 * part * y2;
  }

  HENRICI_INLINE Real value(const Real &far, const Real &before, const Real &cell, const Real &next, const Real &ahead) const
  {
    return cell + (of[0] * (before - far) + of[1] * (cell - before)) + (of[2] * (next - cell) + of[3] * (ahead - next));
  }
};

}  // namespace henrici::kinetic
