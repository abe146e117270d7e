// What depends on which moments there are: Hermite's, or those of a projection.
#pragma once

#include "state.h"

namespace henrici::kinetic {

/// a, the fluxes, of which F_k is m_(k+1) but for the last one, and rho theta^(k/2) a_k.
HENRICI_INLINE void expand(const Hermite &of, const Flow &flow, State &s)
{
  const std::int64_t count = of.order + 1, last = of.order;
  for (std::int64_t i = 0; i < s.length; i += LANES) {
    const auto at = [&](const double *row) HENRICI_LAMBDA { return Lanes::load(row + i); };
    const Lanes rho = at(s.rho()), root = at(s.root);
    Lanes a[MOST + 1];
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < count; ++k) a[k] = at(s.m[k]);
    a[count] = Lanes{};
    into_frame(of, count + 1, at(s.over_rho), at(s.u), at(s.over_root), a);
    Lanes next{}, size = rho;  // of m_(M+1); rho theta^(k/2)
#pragma GCC unroll 8
    for (std::int64_t k = last - 1; k >= 0; k -= 2) next += of.power[k] * a[k];
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < count; ++k) {
      Lanes::store(s.a[k] + i, a[k]);
      if (k >= 3) Lanes::store(s.own[k - 1] + i, size * a[k]);
      size *= root;
    }
    Lanes::store(s.own[last] + i, size * next - a[count]);
  }
  if (of.conduction != 0) {
    double *const eps = s.own[0];
    std::copy_n(flow.eps, s.n + 2 * GHOSTS, eps + GHOSTS);
    for (std::int64_t i = GHOSTS; i < s.wide - GHOSTS; i += LANES) {
      const Lanes root = Lanes::load(s.root + i);
      Lanes scale = -of.conduction * Lanes::load(eps + i) * Lanes::load(s.rho() + i);
      for (std::int64_t k = 0; k < last; ++k) scale *= root;
      Lanes::add(s.own[last] + i, scale * slope(s.theta + i, flow.dx));
    }
  }
  for (std::int64_t k = 0; k < last; ++k) s.flux[k] = s.m[k + 1];
  s.flux[last] = s.own[last];
  for (std::int64_t k = 3; k < count; ++k) s.seen[k] = s.own[k - 1];
}

HENRICI_INLINE void expand(const Projection &of, const Flow &, State &s)
{
  const std::int64_t count = of.order + 1, n = s.length;
  for (std::int64_t k = 0; k < 3; ++k) std::fill_n(s.a[k], n, k == 0 ? 1.0 : 0.0);
  for (std::int64_t k = 3; k < count; ++k) {
    double *__restrict const b = s.a[k];
    const double *__restrict const m = s.m[k];
    for (std::int64_t i = 0; i < n; ++i) b[i] = m[i] * s.over_rho[i];
    s.seen[k] = m;
  }
  const double d = of.dimension, of_third = std::sqrt(2 * d);
  const double *const rho = s.rho(), *const u = s.u, *const theta = s.theta, *const root = s.root;
  s.flux[0] = s.m[1];
  for (std::int64_t k = 1; k < count; ++k) {
    combine(of.couple + k * count, count, s.a, n, s.own[k]);
    s.flux[k] = s.own[k];
  }
  double *__restrict const squares = s.own[1], *__restrict const cubes = s.own[2];
  for (std::int64_t i = 0; i < n; ++i) {  // where (X b)_1 has the 1 of e_0 already
    const double square = u[i] * u[i], stress = squares[i];
    squares[i] = rho[i] * (square + theta[i] * stress);
    cubes[i] = rho[i] * (u[i] * (square + theta[i] * (d + 2 * stress)) + of_third * theta[i] * root[i] * cubes[i]);
  }
  for (std::int64_t k = 3; k < count; ++k) {
    double *__restrict const flux = s.own[k];
    const double *__restrict const b = s.a[k];
    for (std::int64_t i = 0; i < n; ++i) flux[i] = rho[i] * (u[i] * b[i] + root[i] * flux[i]);
  }
}

/// 1 over the square of the size of the moments number k, seen by the gas, from that of the one before; to begin with, by_rho is 1 /
/// rho^2, by_p 1 / p^2.
HENRICI_INLINE Lanes first_scale(const Hermite &, const Lanes &, const Lanes &by_p) { return 0.5 * by_p; }
HENRICI_INLINE Lanes next_scale(const Hermite &, std::int64_t k, const Lanes &before, const Lanes &by_theta)
{
  return before * by_theta * (1.0 / k);
}
HENRICI_INLINE Lanes first_scale(const Projection &, const Lanes &by_rho, const Lanes &) { return by_rho; }
HENRICI_INLINE Lanes next_scale(const Projection &, std::int64_t, const Lanes &before, const Lanes &) { return before; }

/// g_0 .. g_M, and what of the production of m_M is known: the closure's part of it is -scale g_(M+1).
HENRICI_INLINE void produce(const Hermite &of, const Flow &flow, const State &s, const Rates &out)
{
  if (!of.regularised) return;
  const std::int64_t last = of.order;
  double *const produced = s.own[0];
  by_vectors(s.n, [&](std::int64_t i, std::int64_t) HENRICI_LAMBDA {
    const std::int64_t here = i + BEYOND;
    const auto at = [&](const double *row) HENRICI_LAMBDA { return Lanes::load(row + here); };
    const Lanes over_root = at(s.over_root), root = at(s.root);
    const Lanes d_rho = slope(s.rho() + here, flow.dx) * at(s.over_rho), d_u = slope(s.u + here, flow.dx) * over_root;
    const Lanes d_theta = slope(s.theta + here, flow.dx) * over_root * over_root;
    Lanes term{}, before{}, a{}, scale = at(s.rho());  // before, a: a_(k-2), a_(k-1); term: of them in the slope g_k
#pragma GCC unroll 8
    for (std::int64_t k = 0; k <= last; ++k) {
      scale *= root;
      const Lanes next = at(s.a[k]);
      if (out.g) {
        const Lanes g = next * (d_rho + 0.5 * k * d_theta) + term;
        Lanes::store(out.g + k * s.n + i, k < 3 ? g : g + slope(s.a[k] + here, flow.dx));
      }
      before = a, a = next;
      term = (k + 1.0) * a * d_u + 0.5 * (k + 1) * k * before * d_theta;
    }
    Lanes::store(produced + i, scale * term);
    if (out.scale) Lanes::store(out.scale + i, scale);
  });
  if (!out.rate) return;
  for (std::int64_t i = 0; i < s.n; ++i) out.rate[last * s.n + i] += produced[i];
}

HENRICI_INLINE void produce(const Projection &of, const Flow &flow, const State &s, const Rates &out)
{
  const std::int64_t n = s.n, count = of.order + 1, size = (of.order - 2) * count;
  const double of_theta = std::sqrt(0.5 * of.dimension), of_second = 1 / std::sqrt(2 * of.dimension);
  double *const d_rho = s.ends, *const d_u = s.middle, *const d_theta = s.begins;  // as others below: not in use any more
  const auto derive = [&](const double *row, double *to) HENRICI_LAMBDA {
    for (std::int64_t i = 0; i < n; i += LANES) Lanes::store(to + i, slope(row + BEYOND + i, flow.dx));
  };
  derive(s.rho(), d_rho), derive(s.u, d_u), derive(s.theta, d_theta);
  for (std::int64_t i = 0; i < n; ++i) {
    const double over_root = s.over_root[i + BEYOND];
    d_rho[i] *= s.over_rho[i + BEYOND], d_u[i] *= over_root, d_theta[i] *= over_root * over_root;
    if (out.scale) out.scale[i] = s.rho()[i + BEYOND] * s.root[i + BEYOND];
    out.g[i] = d_rho[i];
    out.g[n + i] = d_u[i];
    out.g[2 * n + i] = of_theta * d_theta[i];
  }
  double *const first = s.face[0], *const second = s.face[1], *const by_u = s.own[0], *const by_theta = s.own[1];
  const Field b = s.a.from(BEYOND), slopes = s.own, stretch = s.face;  // from the third row on
  for (std::int64_t k = 3; k < count; ++k) {
    const double *const row = of.of_b + (k - 3) * count;
    combine(row, count, b, n, slopes[k]);
    combine(row + size, count, b, n, stretch[k]);
    double *__restrict const g = out.g + k * n, *__restrict const db = s.face[2];
    const double *__restrict const a = slopes[k], *__restrict const c = stretch[k];
    derive(s.a[k], db);
    for (std::int64_t i = 0; i < n; ++i) g[i] = db[i] + d_rho[i] * b[k][i] + d_u[i] * a[i] + 0.5 * d_theta[i] * c[i];
  }
  if (!out.rate) return;
  combine(of.couple + count, count, {out.g, n}, n, first);
  combine(of.couple + 2 * count, count, {out.g, n}, n, second);
  for (std::int64_t k = 3; k < count; ++k) {
    const double *const row = of.of_b + 2 * size + (k - 3) * count;
    combine(row, count, b, n, by_u);
    combine(row + size, count, b, n, by_theta);
    double *__restrict const rate = out.rate + k * n;
    const double *__restrict const a = slopes[k], *__restrict const c = stretch[k];
    for (std::int64_t i = 0; i < n; ++i)
      rate[i] += out.scale[i] * (first[i] * a[i] + of_second * second[i] * c[i] + d_u[i] * by_u[i] + d_theta[i] * by_theta[i]);
  }
}

}  // namespace henrici::kinetic
