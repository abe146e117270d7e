#include "bgk.h"

#include <algorithm>
#include <cmath>

#include "rows.h"

namespace henrici::kinetic {
namespace {

constexpr double CLOSE = 1e-8;  // as in kinetic/boltzmann/velocities.py, with the rounds of Newton's method
constexpr int ROUNDS = 30;

/// c with sum_l sums_(k + l) c_l = r_k, a 3 x 3 system a cell, by elimination.
HENRICI_INLINE void newton(const Row *sums, const Row *r, Row *c)
{
  each([&](std::int64_t i) HENRICI_LAMBDA {
    const double s0 = sums[0][i], s1 = sums[1][i], s2 = sums[2][i], p = s1 / s0, q = s2 / s0;
    const double b = s2 - p * s1, e = sums[3][i] - q * s1, d = sums[4][i] - q * s2;
    const double t1 = r[1][i] - p * r[0][i], t2 = r[2][i] - q * r[0][i], ratio = e / b;
    c[2][i] = (t2 - ratio * t1) / (d - ratio * e);
    c[1][i] = (t1 - e * c[2][i]) / b;
    c[0][i] = (r[0][i] - s1 * c[1][i] - s2 * c[2][i]) / s0;
  });
}

/// M, and its sums with v^0 .. v^4.
HENRICI_INLINE void maxwellian(const Gas &gas, const Row *a, Row *values, Row *sums)
{
  for (int k = 0; k < 5; ++k) each([&](std::int64_t i) HENRICI_LAMBDA { sums[k][i] = 0; });
  for (std::int64_t j = 0; j < gas.velocities; ++j) {
    const double v = gas.v[j], v2 = v * v;
    double *const m = values[j];
    each([&](std::int64_t i) HENRICI_LAMBDA {
      const double one = exponential(a[0][i] + a[1][i] * v + a[2][i] * v2);
      m[i] = one;
      sums[0][i] += one;
      sums[1][i] += v * one;
      sums[2][i] += v2 * one;
      sums[3][i] += v2 * v * one;
      sums[4][i] += v2 * v2 * one;
    });
  }
  for (int k = 0; k < 5; ++k) each([&](std::int64_t i) HENRICI_LAMBDA { sums[k][i] *= gas.dv; });
}

}  // namespace

bool collide(const Gas &gas, std::int64_t first, double *work, double *out)
{
  static_assert(CELLS == TOGETHER);
  const std::int64_t n = std::min(CELLS, gas.cells - first), count = gas.velocities;
  Row *const f = reinterpret_cast<Row *>(work), *const values = f + count;
  Row m[3] = {}, a[3], sums[5], residual[3], c[3];
  for (std::int64_t j = 0; j < count; ++j) {
    const double *const from = gas.f + j * gas.cells + first;
    std::copy_n(from, n, f[j]);
    std::fill(f[j] + n, f[j] + CELLS, from[n - 1]);
    const double v = gas.v[j];
    each([&](std::int64_t i) HENRICI_LAMBDA {
      m[0][i] += f[j][i];
      m[1][i] += v * f[j][i];
      m[2][i] += v * v * f[j][i];
    });
  }
  bool is_gas = true;
  for (std::int64_t i = 0; i < CELLS; ++i) {
    for (auto &row : m) row[i] *= gas.dv;
    const double rho = m[0][i], u = m[1][i] / rho, theta = m[2][i] / rho - u * u;
    is_gas = is_gas && rho > 0 && theta > 0;
    a[0][i] = std::log(rho / std::sqrt(2 * M_PI * theta)) - 0.5 * u * u / theta;
    a[1][i] = u / theta;
    a[2][i] = -0.5 / theta;
  }
  for (int round = 0; is_gas && round < ROUNDS; ++round) {
    maxwellian(gas, a, values, sums);
    for (int k = 0; k < 3; ++k) each([&](std::int64_t i) HENRICI_LAMBDA { residual[k][i] = m[k][i] - sums[k][i]; });
    newton(sums, residual, c);
    double far = 0;
    for (std::int64_t i = 0; i < CELLS; ++i) {
      const double off = std::abs(residual[0][i]) / m[0][i] + std::abs(residual[2][i]) / m[2][i];
      far = off > far || std::isnan(off) ? off : far;
    }
    if (std::isnan(far)) return false;
    if (far < CLOSE) {  // one linear correction is as good as another round
      for (std::int64_t j = 0; j < count; ++j) {
        const double v = gas.v[j];
        double *const to = out + j * gas.cells + first;
        const double *const weight = gas.weight + first;
        for (std::int64_t i = 0; i < n; ++i) {
          const double one = values[j][i] * (1 + (c[0][i] + c[1][i] * v + c[2][i] * v * v));
          to[i] = f[j][i] + weight[i] * (one - f[j][i]);
        }
      }
      return true;
    }
    for (int k = 0; k < 3; ++k) each([&](std::int64_t i) HENRICI_LAMBDA { a[k][i] += c[k][i]; });
  }
  return false;
}

}  // namespace henrici::kinetic
