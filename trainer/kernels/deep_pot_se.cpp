#include "deep_pot_se.h"

#include <algorithm>
#include <cmath>

namespace henrici::kernels {
namespace {

constexpr int LANES = 16;   // pairs that go through the splines together
constexpr int WINDOW = 24;  // six functions of four components, contiguous in P

// The compiler makes one version for each kind of processor, and the program takes the best one that runs.
#define HENRICI_VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define HENRICI_INLINE inline __attribute__((always_inline))

template <typename Real> struct Lanes {
  std::int64_t window[LANES];  // of the pair in P
  Real inverse[LANES], x[LANES], y[LANES], z[LANES];
  Real u[6][LANES], du[6][LANES];
};

/// Splines and unit vectors of up to LANES pairs from `first` on.
template <typename Real, bool DERIVATIVES>
HENRICI_INLINE void evaluate(const SplineBasis &basis, const Pairs<Real> &pairs, std::int64_t center,
                             std::int64_t species, std::int64_t first, int count, Lanes<Real> &lanes)
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
  const std::int64_t n = basis.intervals + 5;
  for (int l = 0; l < count; ++l) {
    const std::int64_t t = pairs.species[pairs.neighbor[first + l]];
    lanes.window[l] = 4 * ((center * species + t) * n + m[l]);
  }
}

template <typename Real>
HENRICI_INLINE void project_all(const SplineBasis &basis, const Pairs<Real> &pairs, std::int64_t species, Real *p)
{
  Lanes<Real> lanes;
  std::fill(p, p + pairs.centers * species * (basis.intervals + 5) * 4, Real(0));
  for (std::int64_t i = 0; i < pairs.centers; ++i)
    for (std::int64_t first = pairs.row[i]; first < pairs.row[i + 1]; first += LANES) {
      const int count = static_cast<int>(std::min<std::int64_t>(LANES, pairs.row[i + 1] - first));
      evaluate<Real, false>(basis, pairs, i, species, first, count, lanes);
      for (int l = 0; l < count; ++l) {
        Real *const window = p + lanes.window[l];
        const Real y[4] = {1, lanes.x[l], lanes.y[l], lanes.z[l]};
        Real term[WINDOW];
        for (int q = 0; q < 6; ++q)
          for (int c = 0; c < 4; ++c) term[4 * q + c] = lanes.u[q][l] * y[c];
        for (int c = 0; c < WINDOW; ++c) window[c] += term[c];
      }
    }
}

template <typename Real>
HENRICI_INLINE void pull_back_all(const SplineBasis &basis, const Pairs<Real> &pairs, std::int64_t species,
                                  const Real *gradient, Real *pair_gradient)
{
  Lanes<Real> lanes;
  for (std::int64_t i = 0; i < pairs.centers; ++i)
    for (std::int64_t first = pairs.row[i]; first < pairs.row[i + 1]; first += LANES) {
      const int count = static_cast<int>(std::min<std::int64_t>(LANES, pairs.row[i + 1] - first));
      evaluate<Real, true>(basis, pairs, i, species, first, count, lanes);
      for (int l = 0; l < count; ++l) {
        const Real *const window = gradient + lanes.window[l];
        Real b[4] = {}, a[4] = {};  // sum_k u_k dE/dP_k, sum_k u'_k dE/dP_k
        for (int q = 0; q < 6; ++q)
          for (int c = 0; c < 4; ++c) {
            b[c] += lanes.u[q][l] * window[4 * q + c];
            a[c] += lanes.du[q][l] * window[4 * q + c];
          }
        const Real x = lanes.x[l], y = lanes.y[l], z = lanes.z[l], inverse = lanes.inverse[l];
        const Real along = a[0] + x * a[1] + y * a[2] + z * a[3] - (x * b[1] + y * b[2] + z * b[3]) * inverse;
        Real *const g = pair_gradient + 3 * (first + l);
        g[0] = x * along + b[1] * inverse;
        g[1] = y * along + b[2] * inverse;
        g[2] = z * along + b[3] * inverse;
      }
    }
}

/// d(u_k Y_lm) . v: u'_k (rhat . v) Y_lm + u_k dY_lm . v, where d(rhat) . v = (v - rhat (rhat . v)) / r.
template <typename Real>
HENRICI_INLINE void push_forward_all(const SplineBasis &basis, const Pairs<Real> &pairs, std::int64_t species,
                                     const Real *v, Real *dp)
{
  Lanes<Real> lanes;
  std::fill(dp, dp + pairs.centers * species * (basis.intervals + 5) * 4, Real(0));
  for (std::int64_t i = 0; i < pairs.centers; ++i)
    for (std::int64_t first = pairs.row[i]; first < pairs.row[i + 1]; first += LANES) {
      const int count = static_cast<int>(std::min<std::int64_t>(LANES, pairs.row[i + 1] - first));
      evaluate<Real, true>(basis, pairs, i, species, first, count, lanes);
      for (int l = 0; l < count; ++l) {
        const Real *const w = v + 3 * (first + l);
        const Real x = lanes.x[l], y = lanes.y[l], z = lanes.z[l], inverse = lanes.inverse[l];
        const Real along = x * w[0] + y * w[1] + z * w[2];
        const Real radial[4] = {along, along * x, along * y, along * z};
        const Real angular[4] = {0, (w[0] - along * x) * inverse, (w[1] - along * y) * inverse,
                                 (w[2] - along * z) * inverse};
        Real *const window = dp + lanes.window[l];
        Real term[WINDOW];
        for (int q = 0; q < 6; ++q)
          for (int c = 0; c < 4; ++c) term[4 * q + c] = lanes.du[q][l] * radial[c] + lanes.u[q][l] * angular[c];
        for (int c = 0; c < WINDOW; ++c) window[c] += term[c];
      }
    }
}

}  // namespace

// target_clones wants functions that are no templates.
HENRICI_VERSIONS void project(const SplineBasis &basis, const Pairs<float> &pairs, std::int64_t species, float *p)
{
  project_all(basis, pairs, species, p);
}
HENRICI_VERSIONS void pull_back(const SplineBasis &basis, const Pairs<float> &pairs, std::int64_t species,
                                const float *gradient, float *pair_gradient)
{
  pull_back_all(basis, pairs, species, gradient, pair_gradient);
}
HENRICI_VERSIONS void push_forward(const SplineBasis &basis, const Pairs<float> &pairs, std::int64_t species, const float *v,
                                   float *dp)
{
  push_forward_all(basis, pairs, species, v, dp);
}

HENRICI_VERSIONS void project(const SplineBasis &basis, const Pairs<double> &pairs, std::int64_t species, double *p)
{
  project_all(basis, pairs, species, p);
}
HENRICI_VERSIONS void pull_back(const SplineBasis &basis, const Pairs<double> &pairs, std::int64_t species,
                                const double *gradient, double *pair_gradient)
{
  pull_back_all(basis, pairs, species, gradient, pair_gradient);
}
HENRICI_VERSIONS void push_forward(const SplineBasis &basis, const Pairs<double> &pairs, std::int64_t species, const double *v,
                                   double *dp)
{
  push_forward_all(basis, pairs, species, v, dp);
}

}  // namespace henrici::kernels
