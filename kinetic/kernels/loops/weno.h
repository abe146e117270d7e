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

/// Adds to the smoothness of three stencils, of n cells with two more to each side, that of q: kinetic.numerics.weno.smoothness.
HENRICI_INLINE void add_smoothness(std::int64_t n, const double *__restrict q, const double *__restrict scale,
                                   double *__restrict ends, double *__restrict middle, double *__restrict begins)
{
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) {
    const double d0 = q[i + 1] - q[i], d1 = q[i + 2] - q[i + 1], d2 = q[i + 3] - q[i + 2], d3 = q[i + 4] - q[i + 3];
    const double c0 = d1 - d0, c1 = d2 - d1, c2 = d3 - d2, e0 = d0 - 3 * d1, e1 = d1 + d2, e2 = d3 - 3 * d2;
    ends[i] += scale[i] * (e0 * e0 + 13.0 / 3 * c0 * c0);
    middle[i] += scale[i] * (e1 * e1 + 13.0 / 3 * c1 * c1);
    begins[i] += scale[i] * (e2 * e2 + 13.0 / 3 * c2 * c2);
  }
}

/// Of the differences around the n + 1 faces in their values, the same for all fields: kinetic.numerics.weno.shares. right: upwind is
/// where x is larger. out: four rows.
HENRICI_INLINE void shares(std::int64_t n, const double *__restrict ends, const double *__restrict middle,
                           const double *__restrict begins, bool right, double *__restrict out, std::int64_t stride)
{
  constexpr double NOISE = 1e-24;
  const std::int64_t shift = right ? 1 : 0;
  const double *const first = right ? begins : ends, *const last = right ? ends : begins;
#pragma GCC ivdep
  for (std::int64_t i = 0; i <= n; ++i) {
    const double b0 = first[i + shift], b1 = middle[i + shift], b2 = last[i + shift], tau = b0 - b2;
    const double r0 = tau / (b0 + NOISE), r1 = tau / (b1 + NOISE), r2 = tau / (b2 + NOISE);
    const double y0 = 1 + r0 * r0, y1 = 1 + r1 * r1, y2 = 1 + r2 * r2, part = 1 / (3 * (y0 + 6 * y1 + 3 * y2));
    out[i] = -part * y0;
    out[stride + i] = part * (2.5 * y0 + 3 * y1);
    out[2 * stride + i] = part * (6 * (y1 + y2));
    out[3 * stride + i] = -1.5 * part * y2;
  }
}

/// `faces` with these shares.
HENRICI_INLINE void shared_faces(const double *__restrict q, bool right, std::int64_t n, const double *__restrict share,
                            std::int64_t stride, double *__restrict out)
{
  const auto face = [&](std::int64_t i, double far, double before, double cell, double next, double ahead) HENRICI_LAMBDA {
    return cell + (share[i] * (before - far) + share[stride + i] * (cell - before)) +
           (share[2 * stride + i] * (next - cell) + share[3 * stride + i] * (ahead - next));
  };
  const std::int64_t count = whole(n + 1);
  if (right)
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) out[i] = face(i, q[i + 5], q[i + 4], q[i + 3], q[i + 2], q[i + 1]);
  else
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) out[i] = face(i, q[i], q[i + 1], q[i + 2], q[i + 3], q[i + 4]);
}

}  // namespace henrici::kinetic
