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

/// Numbers a row of lm takes in the work arrays: whole vectors.
template <int L> constexpr int WIDTH = L == 1 ? 4 : 16;

/// Rows of lm of some models side by side, as one vector, anywhere in memory. Compilers split it into what the processor has.
template <typename Real, int L, int MODELS> struct RowOf {
  typedef Real type __attribute__((vector_size(MODELS * WIDTH<L> * sizeof(Real)), aligned(alignof(Real)), may_alias));
};
template <typename Real, int L, int MODELS = 1> using Row = typename RowOf<Real, L, MODELS>::type;

template <typename Real, int L, int MODELS = 1> struct Rows {
  Real of[LANES][MODELS * WIDTH<L>];

  Rows()
  {
    for (int l = 0; l < LANES; ++l)
      for (int c = 0; c < MODELS * WIDTH<L>; ++c) of[l][c] = 0;
  }
  HENRICI_INLINE Row<Real, L, MODELS> &operator[](int lane) { return *reinterpret_cast<Row<Real, L, MODELS> *>(of[lane]); }
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

/// Y_lm of all lanes.
template <int L, typename Real> HENRICI_INLINE void harmonics(const Lanes<Real> &lanes, Rows<Real, L> &Y)
{
  Real second[5][LANES];
  constexpr Real c = SQRT3;
  for (int l = 0; l < LANES; ++l) {
    const Real x = lanes.x[l], y = lanes.y[l], z = lanes.z[l];
    second[0][l] = c * x * y;
    second[1][l] = c * y * z;
    second[2][l] = c * z * x;
    second[3][l] = z * z - (x * x + y * y) / 2;
    second[4][l] = c / 2 * (x * x - y * y);
  }
  for (int l = 0; l < LANES; ++l) {
    Y.of[l][0] = 1;
    Y.of[l][1] = lanes.x[l];
    Y.of[l][2] = lanes.y[l];
    Y.of[l][3] = lanes.z[l];
    if (L == 2)
      for (int k = 0; k < 5; ++k) Y.of[l][4 + k] = second[k][l];
  }
}

/// g = sum_lm a_lm Y_lm rhat + b_lm dY_lm/dr of all lanes, where the second sum is (d - rhat sum_lm l b_lm Y_lm) / r and d is that
/// of the polynomials' gradients. a, b: of this model; g: [LANES, 3]
template <int L, int MODELS, typename Real>
HENRICI_INLINE void gradients(const Lanes<Real> &lanes, const Rows<Real, L, MODELS> &a, const Rows<Real, L, MODELS> &b, int model,
                              Real g[3][LANES])
{
  constexpr Real c = SQRT3;
  for (int l = 0; l < LANES; ++l) {
    const Real x = lanes.x[l], y = lanes.y[l], z = lanes.z[l], inverse = lanes.inverse[l];
    const Real *const A = a.of[l] + model * WIDTH<L>, *const B = b.of[l] + model * WIDTH<L>;
    Real d[3] = {B[1], B[2], B[3]};
    Real along = A[0] + A[1] * x + A[2] * y + A[3] * z - (B[1] * x + B[2] * y + B[3] * z) * inverse;
    if (L == 2) {
      d[0] += c * (y * B[4] + z * B[6] + x * B[8]) - x * B[7];
      d[1] += c * (x * B[4] + z * B[5] - y * B[8]) - y * B[7];
      d[2] += c * (y * B[5] + x * B[6]) + 2 * z * B[7];
      const Real Y[5] = {c * x * y, c * y * z, c * z * x, z * z - (x * x + y * y) / 2, c / 2 * (x * x - y * y)};
      for (int k = 0; k < 5; ++k) along += (A[4 + k] - 2 * B[4 + k] * inverse) * Y[k];
    }
    g[0][l] = x * along + d[0] * inverse;
    g[1][l] = y * along + d[1] * inverse;
    g[2][l] = z * along + d[2] * inverse;
  }
}

/// Of all lanes: radial = (rhat . v) Y_lm, and angular = dY_lm/dr . v = (dY_lm . v - l radial_lm) / r, dY_lm the polynomial's
/// gradient. v: [LANES, 3]
template <int L, typename Real>
HENRICI_INLINE void slopes_along(const Lanes<Real> &lanes, const Real v[3][LANES], Rows<Real, L> &radial, Rows<Real, L> &angular)
{
  constexpr Real c = SQRT3;
  Rows<Real, L> Y;
  harmonics<L>(lanes, Y);
  for (int l = 0; l < LANES; ++l) {
    const Real x = lanes.x[l], y = lanes.y[l], z = lanes.z[l], v_x = v[0][l], v_y = v[1][l], v_z = v[2][l];
    const Real along = x * v_x + y * v_y + z * v_z;
    const Real dY[9] = {0, v_x, v_y, v_z, c * (y * v_x + x * v_y), c * (z * v_y + y * v_z), c * (z * v_x + x * v_z),
                        2 * z * v_z - x * v_x - y * v_y, c * (x * v_x - y * v_y)};
    for (int k = 0; k < (L + 1) * (L + 1); ++k) {
      const int degree = k == 0 ? 0 : k < 4 ? 1 : 2;
      radial.of[l][k] = along * Y.of[l][k];
      angular.of[l][k] = (dY[k] - degree * radial.of[l][k]) * lanes.inverse[l];
    }
  }
}

}  // namespace henrici::kernels
