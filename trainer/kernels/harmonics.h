// Radial functions and spherical harmonics of pairs, several pairs at a time.
#pragma once

#include <algorithm>
#include <cmath>

#include "deep_pot_se.h"
#include "versions.h"

namespace henrici::kernels {

constexpr int LANES = 16;  // pairs that go through the splines together

template <typename Real> struct Lanes {
  std::int64_t function[LANES];  // the first of the pair's six, among T n
  Real inverse[LANES], x[LANES], y[LANES], z[LANES];  // 1 / r, unit vector
  Real u[6][LANES], du[6][LANES];
};

/// Of up to LANES pairs from `first` on.
template <typename Real, bool DERIVATIVES>
HENRICI_INLINE void evaluate(const Basis &basis, const Pairs<Real> &pairs, std::int64_t first, int count, Lanes<Real> &lanes)
{
  const Real r_s = basis.r_s, per_h = 1 / basis.h, per_width = 1 / (basis.r_c - basis.r_s);
  const Real last = static_cast<Real>(basis.intervals - 1);
  Real r[LANES], tau[LANES], s[LANES], ds[LANES];
  int m[LANES];
  for (int l = 0; l < LANES; ++l) {
    const std::int64_t pair = first + std::min(l, count - 1);  // spare lanes repeat the last pair
    lanes.x[l] = pairs.displacement[3 * pair];
    lanes.y[l] = pairs.displacement[3 * pair + 1];
    lanes.z[l] = pairs.displacement[3 * pair + 2];
  }
  for (int l = 0; l < LANES; ++l) {
    r[l] = std::sqrt(lanes.x[l] * lanes.x[l] + lanes.y[l] * lanes.y[l] + lanes.z[l] * lanes.z[l] + Real(1e-12));
    const Real inverse = 1 / r[l];
    lanes.inverse[l] = inverse;
    lanes.x[l] *= inverse;
    lanes.y[l] *= inverse;
    lanes.z[l] *= inverse;
    const Real knot = r[l] * per_h < last ? std::floor(r[l] * per_h) : last;  // in bounds for NaN and infinity too
    m[l] = static_cast<int>(knot);
    tau[l] = r[l] * per_h - knot;
    const Real x = std::min(std::max((r[l] - r_s) * per_width, Real(0)), Real(1));
    const Real switched = 1 - x * x * x * (x * (6 * x - 15) + 10);
    s[l] = switched * inverse;
    ds[l] = (-30 * x * x * (x - 1) * (x - 1) * per_width - s[l]) * inverse;
  }
  for (int q = 0; q < 6; ++q) {
    const Real p0 = basis.pieces[0][q], p1 = basis.pieces[1][q], p2 = basis.pieces[2][q], p3 = basis.pieces[3][q],
               p4 = basis.pieces[4][q], p5 = basis.pieces[5][q];
    for (int l = 0; l < LANES; ++l) {
      const Real t = tau[l];
      const Real b = ((((p5 * t + p4) * t + p3) * t + p2) * t + p1) * t + p0;
      lanes.u[q][l] = s[l] * b;
      if (DERIVATIVES) {
        const Real db = (((5 * p5 * t + 4 * p4) * t + 3 * p3) * t + 2 * p2) * t + p1;
        lanes.du[q][l] = ds[l] * b + s[l] * per_h * db;
      }
    }
  }
  for (int l = 0; l < count; ++l)
    lanes.function[l] = pairs.species[first + l] * basis.functions() + m[l];
}

// Y_lm of a unit vector (x, y, z), l by l, with sum_m Y_lm(a) Y_lm(b) = P_l(a . b):
//     1;  x, y, z;  sqrt(3) (xy, yz, zx), (2 z^2 - x^2 - y^2) / 2, sqrt(3) (x^2 - y^2) / 2
// Each is a homogeneous polynomial Y(r) / r^l, so that its gradient is (dY - l Y rhat) / r, dY the polynomial's own.

constexpr double SQRT3 = 1.7320508075688772;

/// Numbers a row of lm takes in the work arrays: whole vectors.
template <int L> constexpr int WIDTH = L == 1 ? 4 : 16;

template <int L, typename Real> HENRICI_INLINE void harmonics(Real x, Real y, Real z, Real *Y)
{
  Y[0] = 1;
  Y[1] = x;
  Y[2] = y;
  Y[3] = z;
  if (L < 2) return;
  constexpr Real c = SQRT3;
  Y[4] = c * x * y;
  Y[5] = c * y * z;
  Y[6] = c * z * x;
  Y[7] = z * z - (x * x + y * y) / 2;
  Y[8] = c / 2 * (x * x - y * y);
  for (int k = 9; k < WIDTH<L>; ++k) Y[k] = 0;
}

/// sum_lm b_lm dY_lm/dr = (d - rhat sum_lm l b_lm Y_lm) / r: the sum, and d
template <int L, typename Real> HENRICI_INLINE Real slopes(const Real *b, const Real *Y, Real x, Real y, Real z, Real *d)
{
  d[0] = b[1];
  d[1] = b[2];
  d[2] = b[3];
  Real along = b[1] * Y[1] + b[2] * Y[2] + b[3] * Y[3];
  if (L < 2) return along;
  constexpr Real c = SQRT3;
  d[0] += c * (y * b[4] + z * b[6] + x * b[8]) - x * b[7];
  d[1] += c * (x * b[4] + z * b[5] - y * b[8]) - y * b[7];
  d[2] += c * (y * b[5] + x * b[6]) + 2 * z * b[7];
  for (int k = 4; k < 9; ++k) along += 2 * b[k] * Y[k];
  return along;
}

/// dY_lm . v of the polynomials: the transpose of d in slopes()
template <int L, typename Real> HENRICI_INLINE void along_polynomials(const Real *v, Real x, Real y, Real z, Real *dY)
{
  dY[0] = 0;
  dY[1] = v[0];
  dY[2] = v[1];
  dY[3] = v[2];
  if (L < 2) return;
  constexpr Real c = SQRT3;
  dY[4] = c * (y * v[0] + x * v[1]);
  dY[5] = c * (z * v[1] + y * v[2]);
  dY[6] = c * (z * v[0] + x * v[2]);
  dY[7] = 2 * z * v[2] - x * v[0] - y * v[1];
  dY[8] = c * (x * v[0] - y * v[1]);
  for (int k = 9; k < WIDTH<L>; ++k) dY[k] = 0;
}

}  // namespace henrici::kernels
