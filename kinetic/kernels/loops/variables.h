// What depends on which moments there are: Hermite's, or those with learned functions.
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

HENRICI_INLINE void expand(const Learned &of, const State &s)
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

HENRICI_INLINE void fluxes(const Learned &of, const Flow &, const State &s)
{
  const std::int64_t count = of.order + 1, n = s.near;
  for (std::int64_t k = 0; k < 2; ++k) std::copy_n(s.m[k + 1] + GHOSTS, n, s.flux[k]);
  const double *const rho = s.rho() + GHOSTS, *const u = s.u + GHOSTS, *const theta = s.theta + GHOSTS,
                     *const root = s.root + GHOSTS;
  {
    const double *__restrict const b = s.a[3] + GHOSTS;
    double *__restrict const third = s.flux[2];
    const double c = std::sqrt(6.0);
    for (std::int64_t i = 0; i < n; ++i)
      third[i] = rho[i] * (u[i] * (u[i] * u[i] + 3 * theta[i]) + c * theta[i] * root[i] * b[i]);
  }
  for (std::int64_t k = 3; k < count; ++k) {
    double *__restrict const flux = s.flux[k];
    std::fill_n(flux, n, 0.0);
    for (std::int64_t j = 0; j < count; ++j) {
      const double c = of.couple[k * count + j];
      const double *__restrict const b = s.a[j] + GHOSTS;
      for (std::int64_t i = 0; i < n; ++i) flux[i] += c * b[i];
    }
    const double *__restrict const b = s.a[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) flux[i] = rho[i] * (u[i] * b[i] + root[i] * flux[i]);
  }
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

HENRICI_INLINE void produce(const Learned &of, const State &s, const Rates &out)
{
  const std::int64_t n = s.n, count = of.order + 1, size = (of.order - 2) * count;
  const double *const d_rho = s.d_rho + GHOSTS, *const d_u = s.d_u + GHOSTS, *const d_theta = s.d_theta + GHOSTS;
  for (std::int64_t i = 0; i < n; ++i) {
    out.scale[i] = s.rho()[i + 2 * GHOSTS] * s.root[i + 2 * GHOSTS];
    out.g[i] = d_rho[i];
    out.g[n + i] = d_u[i];
    out.g[2 * n + i] = d_theta[i] * std::sqrt(0.5);
  }
  const double turn = std::sqrt(1.5);
  for (std::int64_t k = 3; k < count; ++k) {
    double *const sum[4] = {s.split[0], s.split[1], s.split[2], s.split[3]};  // D b, E b and so on
    for (int part = 0; part < 4; ++part) {
      const double *const row = of.of_b + part * size + (k - 3) * count;
      double *__restrict const to = sum[part];
      std::fill_n(to, n, 0.0);
      for (std::int64_t j = 0; j < count; ++j) {
        const double *__restrict const b = s.a[j] + 2 * GHOSTS;
        for (std::int64_t i = 0; i < n; ++i) to[i] += row[j] * b[i];
      }
    }
    double *__restrict const g = out.g + k * n, *__restrict const rate = out.rate + k * n;
    const double *__restrict const b = s.a[k] + 2 * GHOSTS, *__restrict const db = s.da[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) g[i] = db[i] + d_rho[i] * b[i] + d_u[i] * sum[0][i] + 0.5 * d_theta[i] * sum[1][i];
    const double *const third = out.g + 3 * n;
    for (std::int64_t i = 0; i < n; ++i)
      rate[i] += out.scale[i] *
                 (d_rho[i] * sum[0][i] + d_u[i] * sum[2][i] + d_theta[i] * sum[3][i] + turn * third[i] * sum[1][i]);
  }
}

}  // namespace henrici::kinetic
