// What depends on which moments there are: Hermite's, or those of a projection.
#pragma once

#include "state.h"

namespace henrici::kinetic {

HENRICI_INLINE void expand(const Hermite &of, const State &s)
{
  const std::int64_t count = of.order + 1, n = s.wide;
  for (std::int64_t k = 0; k < count; ++k) std::copy_n(s.m[k], n, s.a[k]);
  std::fill_n(s.a[count], n, 0.0);
  into_frame(of, count + 1, n, s.rho(), s.u, s.root, s.flux[0], s.a);  // fluxes are not in use yet, and as wide
}

HENRICI_INLINE void expand(const Projection &of, const State &s)
{
  const std::int64_t n = s.wide;
  for (std::int64_t k = 0; k < 3; ++k) std::fill_n(s.a[k], n, k == 0 ? 1.0 : 0.0);
  for (std::int64_t k = 3; k <= of.order; ++k) {
    double *__restrict const b = s.a[k];
    const double *__restrict const m = s.m[k];
    for (std::int64_t i = 0; i < n; ++i) b[i] = m[i] / s.rho()[i];
  }
}

/// F_k, which for powers of v is m_(k+1).
HENRICI_INLINE void fluxes(const Hermite &of, const Flow &flow, const State &s)
{
  const std::int64_t count = of.order + 1, n = s.near;
  for (std::int64_t k = 0; k < of.order; ++k) std::copy_n(s.m[k + 1] + GHOSTS, n, s.flux[k]);
  double *__restrict const last = s.flux[of.order];
  for (std::int64_t i = 0; i < n; ++i)
    last[i] = of.conduction == 0 ? 0 : -of.conduction * flow.eps[i] * s.root[i + GHOSTS] * s.d_theta[i];
  for (std::int64_t k = of.order - 1; k >= 0; k -= 2) {
    const double c = of.power[k];
    const double *__restrict const a = s.a[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) last[i] += c * a[i];
  }
  for (std::int64_t k = 0; k < count; ++k)
    for (std::int64_t i = 0; i < n; ++i) last[i] *= s.root[i + GHOSTS];
  const double *__restrict const less = s.a[count] + GHOSTS;
  for (std::int64_t i = 0; i < n; ++i) last[i] = s.rho()[i + GHOSTS] * last[i] - less[i];
}

HENRICI_INLINE void fluxes(const Projection &of, const Flow &, const State &s)
{
  const std::int64_t count = of.order + 1, n = s.near;
  const double d = of.dimension, of_third = std::sqrt(2 * d);
  const double *const rho = s.rho() + GHOSTS, *const u = s.u + GHOSTS, *const theta = s.theta + GHOSTS,
                     *const root = s.root + GHOSTS;
  std::copy_n(s.m[1] + GHOSTS, n, s.flux[0]);
  for (std::int64_t k = 1; k < count; ++k) combine(of.couple + k * count, count, s.a.from(GHOSTS), n, s.flux[k]);
  double *__restrict const squares = s.flux[1], *__restrict const cubes = s.flux[2];
  for (std::int64_t i = 0; i < n; ++i) {  // where (X b)_1 has the 1 of e_0 already
    const double square = u[i] * u[i], stress = squares[i];
    squares[i] = rho[i] * (square + theta[i] * stress);
    cubes[i] = rho[i] * (u[i] * (square + theta[i] * (d + 2 * stress)) + of_third * theta[i] * root[i] * cubes[i]);
  }
  for (std::int64_t k = 3; k < count; ++k) {
    double *__restrict const flux = s.flux[k];
    const double *__restrict const b = s.a[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) flux[i] = rho[i] * (u[i] * b[i] + root[i] * flux[i]);
  }
}

/// Calls add(q, scale) for moments from the third on, as the gas sees them: q [n + 6] from the first of s.near cells on, and 1 over the
/// square of their size [n + 2], from the third cell on. rho: 1 / rho^2, of the same cells.
template <typename Add> HENRICI_INLINE void departures(const Hermite &of, const State &s, const double *rho, Add add)
{
  double *__restrict const q = s.split[1], *__restrict const scale = s.split[2], *__restrict const power = s.split[0];
  const double *__restrict const root = s.root + GHOSTS, *__restrict const theta = s.theta + GHOSTS + 2;
  for (std::int64_t i = 0; i < s.near; ++i) power[i] = s.rho()[i + GHOSTS] * root[i] * root[i];
  for (std::int64_t i = 0; i < s.n + 2; ++i) scale[i] = rho[i] / (2 * theta[i] * theta[i]);
  for (std::int64_t k = 3; k <= of.order; ++k) {
    const double *__restrict const a = s.a[k] + GHOSTS;
    for (std::int64_t i = 0; i < s.near; ++i) {
      power[i] *= root[i];
      q[i] = power[i] * a[i];
    }
    for (std::int64_t i = 0; i < s.n + 2; ++i) scale[i] /= k * theta[i];
    add(q, scale);
  }
}

template <typename Add> HENRICI_INLINE void departures(const Projection &of, const State &s, const double *rho, Add add)
{
  for (std::int64_t k = 3; k <= of.order; ++k) add(s.m[k] + GHOSTS, rho);
}

/// g_0 .. g_M, and what of the production of m_M is known: the closure's part of it is -scale g_(M+1).
HENRICI_INLINE void produce(const Hermite &of, const State &s, const Rates &out)
{
  if (!of.regularised) return;
  const std::int64_t n = s.n, last = of.order;
  const double *const d_rho = s.d_rho + GHOSTS, *const d_u = s.d_u + GHOSTS, *const d_theta = s.d_theta + GHOSTS;
  double *__restrict const scale = out.scale ? out.scale : s.split[0];
  const double *const root = s.root + 2 * GHOSTS, *const rho = s.rho() + 2 * GHOSTS;
  std::copy_n(rho, n, scale);
  for (std::int64_t k = 0; k <= last; ++k)
    for (std::int64_t i = 0; i < n; ++i) scale[i] *= root[i];
  const auto term = [&](std::int64_t k, std::int64_t i) HENRICI_LAMBDA {  // of the slope g_k, with a_(k-1) and a_(k-2)
    double sum = 0;
    if (k >= 1) sum += k * s.a[k - 1][i + 2 * GHOSTS] * d_u[i];
    if (k >= 2) sum += 0.5 * k * (k - 1) * s.a[k - 2][i + 2 * GHOSTS] * d_theta[i];
    return sum;
  };
  double *__restrict const rate = out.rate + last * n;
  for (std::int64_t i = 0; i < n; ++i) rate[i] += scale[i] * term(last + 1, i);
  if (!out.g) return;
  for (std::int64_t k = 0; k <= last; ++k) {
    double *__restrict const g = out.g + k * n;
    const double *__restrict const a = s.a[k] + 2 * GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) g[i] = a[i] * (d_rho[i] + 0.5 * k * d_theta[i]) + term(k, i);
    if (k < 3) continue;
    const double *__restrict const da = s.da[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) g[i] += da[i];
  }
}

HENRICI_INLINE void produce(const Projection &of, const State &s, const Rates &out)
{
  constexpr std::int64_t HERE = 2 * GHOSTS;
  const std::int64_t n = s.n, count = of.order + 1, size = (of.order - 2) * count;
  const double *const d_rho = s.d_rho + GHOSTS, *const d_u = s.d_u + GHOSTS, *const d_theta = s.d_theta + GHOSTS;
  const double of_theta = std::sqrt(0.5 * of.dimension), of_second = 1 / std::sqrt(2 * of.dimension);
  for (std::int64_t i = 0; i < n; ++i) {
    out.scale[i] = s.rho()[i + HERE] * s.root[i + HERE];
    out.g[i] = d_rho[i];
    out.g[n + i] = d_u[i];
    out.g[2 * n + i] = of_theta * d_theta[i];
  }
  const Field b = s.a.from(HERE), slope = s.split, stretch = s.face[0];
  for (std::int64_t k = 3; k < count; ++k) {
    const double *const row = of.of_b + (k - 3) * count;
    combine(row, count, b, n, slope[k]);
    combine(row + size, count, b, n, stretch[k]);
    double *__restrict const g = out.g + k * n;
    const double *__restrict const a = slope[k], *__restrict const c = stretch[k], *__restrict const db = s.da[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) g[i] = db[i] + d_rho[i] * b[k][i] + d_u[i] * a[i] + 0.5 * d_theta[i] * c[i];
  }
  double *const first = s.face[1][0], *const second = s.face[1][1], *const by_u = s.flux[0], *const by_theta = s.flux[1];
  combine(of.couple + count, count, {out.g, n}, n, first);
  combine(of.couple + 2 * count, count, {out.g, n}, n, second);
  for (std::int64_t k = 3; k < count; ++k) {
    const double *const row = of.of_b + 2 * size + (k - 3) * count;
    combine(row, count, b, n, by_u);
    combine(row + size, count, b, n, by_theta);
    double *__restrict const rate = out.rate + k * n;
    const double *__restrict const a = slope[k], *__restrict const c = stretch[k];
    for (std::int64_t i = 0; i < n; ++i)
      rate[i] += out.scale[i] * (first[i] * a[i] + of_second * second[i] * c[i] + d_u[i] * by_u[i] + d_theta[i] * by_theta[i]);
  }
}

}  // namespace henrici::kinetic
