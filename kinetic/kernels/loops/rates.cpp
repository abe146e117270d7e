#include <algorithm>
#include <cmath>

#include "positivity.h"
#include "variables.h"

namespace henrici::kinetic {
namespace {

/// Central differences of sixth order.
HENRICI_INLINE void derivative(std::int64_t n, const double *__restrict q, double dx, double *__restrict out)
{
  const double scale = 1 / (60 * dx);
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = scale * (45 * (q[i + 4] - q[i + 2]) - 9 * (q[i + 5] - q[i + 1]) + (q[i + 6] - q[i]));
}

HENRICI_INLINE void slopes(const State &s, double dx)
{
  derivative(s.near, s.rho(), dx, s.d_rho);
  derivative(s.near, s.u, dx, s.d_u);
  derivative(s.near, s.theta, dx, s.d_theta);
  for (std::int64_t k = 3; k <= s.order; ++k) derivative(s.near, s.a[k], dx, s.da[k]);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < s.near; ++i) {
    s.d_rho[i] /= s.rho()[i + GHOSTS];
    s.d_u[i] /= s.root[i + GHOSTS];
    s.d_theta[i] /= s.theta[i + GHOSTS];
  }
}

/// That of density, velocity, pressure and higher moments, seen by the gas and over their size in the cell: kinetic/moments/faces.py.
template <typename Variables> HENRICI_INLINE void roughness(const Variables &of, const State &s)
{
  const std::int64_t n = s.n + 2;
  const double *__restrict const rho = s.rho() + GHOSTS, *__restrict const theta = s.theta + GHOSTS;
  double *__restrict const of_rho = s.face[0][0], *__restrict const scale = s.face[0][1], *__restrict const p = s.face[0][2];
  for (int k = 0; k < 3; ++k) std::fill_n(s.smooth[k], n, 0.0);
  const auto add = [&](const double *q, const double *by) HENRICI_LAMBDA {
    add_smoothness(n, q, by, s.smooth[0], s.smooth[1], s.smooth[2]);
  };
  for (std::int64_t i = 0; i < n; ++i) of_rho[i] = 1 / (rho[i + 2] * rho[i + 2]);
  add(rho, of_rho);
  for (std::int64_t i = 0; i < n; ++i) scale[i] = 1 / theta[i + 2];
  add(s.u + GHOSTS, scale);
  for (std::int64_t i = 0; i < s.near; ++i) p[i] = rho[i] * theta[i];
  for (std::int64_t i = 0; i < n; ++i) scale[i] *= scale[i] * of_rho[i];
  add(p, scale);
  departures(of, s, of_rho, add);
}

/// -d_x F: split as (F +- speed m) / 2, speed the fastest signal in the flow; each part from where it comes.
HENRICI_INLINE void divergence(const Flow &flow, const State &s, double *rate)
{
  const std::int64_t count = s.order + 1, n = s.n;
  double speed = 0;
  for (std::int64_t i = GHOSTS; i < GHOSTS + s.near; ++i) speed = std::max(speed, std::abs(s.u[i]) + flow.fastest * s.root[i]);
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    shares(n, s.smooth[0], s.smooth[1], s.smooth[2], side == 1, s.share[0], s.share.stride);
    for (std::int64_t k = 0; k < count; ++k) {
      const double *__restrict const m = s.m[k] + GHOSTS, *__restrict const flux = s.flux[k];
      double *__restrict const split = s.split[k];
      for (std::int64_t i = 0; i < s.near; ++i) split[i] = speed * m[i] + sign * flux[i];
      shared_faces(split, side == 1, n, s.share[0], s.share.stride, s.face[side][k]);
    }
    limit(count, n + 1, s.split.stride, s.split[0] + GHOSTS - 1 + side, s.face[side][0]);
  }
  for (std::int64_t k = 0; k < count; ++k) {
    double *__restrict const face = s.face[0][k];
    const double *__restrict const other = s.face[1][k];
    for (std::int64_t i = 0; i <= n; ++i) face[i] = 0.5 * (face[i] - other[i]);
    if (flow.left_flux) face[0] = flow.left_flux[k];
    if (flow.right_flux) face[n] = flow.right_flux[k];
    const double scale = -1 / flow.dx;
    for (std::int64_t i = 0; i < n; ++i) rate[k * n + i] = scale * (face[i + 1] - face[i]);
  }
}

template <typename Variables> HENRICI_INLINE Lost all_rates(const Variables &of, const Flow &flow, double *work, const Rates &out)
{
  const State s(of.order, flow.cells, work);
  pad(flow, s);
  const Lost lost = primitive(of.dimension, s.wide, s.m[0], s.m[1], s.m[2], s.u, s.theta);
  if (lost != Lost::nothing) return lost;
  for (std::int64_t i = 0; i < s.wide; ++i) s.root[i] = std::sqrt(s.theta[i]);
  expand(of, s);
  slopes(s, flow.dx);
  fluxes(of, flow, s);
  roughness(of, s);
  divergence(flow, s, out.rate);
  produce(of, s, out);
  if (out.b)
    for (std::int64_t k = 3; k <= of.order; ++k) std::copy_n(s.a[k] + 2 * GHOSTS, s.n, out.b + (k - 3) * s.n);
  if (out.path)
    for (std::int64_t i = 0; i < s.n; ++i)
      out.path[i] = flow.eps[i + GHOSTS] * s.root[i + 2 * GHOSTS] / frequency(of, s.rho()[i + 2 * GHOSTS], s.theta[i + 2 * GHOSTS]);
  return lost;
}

}  // namespace

std::int64_t room(std::int64_t order, std::int64_t cells) { return (14 + 7 * (order + 1)) * padded(cells + 12); }

HENRICI_VERSIONS Lost rates(const Hermite &of, const Flow &flow, double *work, const Rates &out)
{
  return all_rates(of, flow, work, out);
}

HENRICI_VERSIONS Lost rates(const Projection &of, const Flow &flow, double *work, const Rates &out)
{
  return all_rates(of, flow, work, out);
}

}  // namespace henrici::kinetic
