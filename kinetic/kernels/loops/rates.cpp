#include <algorithm>
#include <cmath>

#include "positivity.h"
#include "variables.h"

namespace henrici::kinetic {
namespace {

/// That of density, velocity, pressure and higher moments, seen by the gas and over their size in the cell: kinetic/moments/faces.py.
template <typename Variables> HENRICI_INLINE void roughness(const Variables &of, const State &s)
{
  for (std::int64_t i = BEYOND - 1; i < BEYOND + s.n + 1; i += LANES) {
    Smoothness<Lanes> found;
    const auto add = [&](const double *q, const Lanes &scale) HENRICI_LAMBDA {
      Lanes around[5];
      for (int k = 0; k < 5; ++k) around[k] = Lanes::load(q + i - 2 + k);
      found.add(scale, around);
    };
    const Lanes over_rho = Lanes::load(s.over_rho + i), over_root = Lanes::load(s.over_root + i);
    const Lanes by_rho = over_rho * over_rho, by_theta = over_root * over_root, by_p = by_rho * by_theta * by_theta;
    add(s.rho(), by_rho), add(s.u, by_theta), add(s.p, by_p);
    Lanes scale = first_scale(of, by_rho, by_p);
#pragma GCC unroll 8
    for (std::int64_t k = 3; k <= of.order; ++k) {
      scale = next_scale(of, k, scale, by_theta);
      add(s.seen[k], scale);
    }
    Lanes::store(s.ends + i, found.ends), Lanes::store(s.middle + i, found.middle), Lanes::store(s.begins + i, found.begins);
  }
}

/// |u| + fastest sqrt(theta) at most, but for the outermost ghosts.
HENRICI_INLINE double fastest_signal(double fastest, const State &s)
{
  double most[LANES] = {};  // each of every LANES cells: so are vectors compared
  const auto look = [&](std::int64_t first) HENRICI_LAMBDA {
    for (std::int64_t l = 0; l < LANES; ++l) {
      const double speed = std::abs(s.u[first + l]) + fastest * s.root[first + l];
      most[l] = most[l] < speed ? speed : most[l];
    }
  };
  const std::int64_t last = s.wide - GHOSTS - LANES;
  for (std::int64_t i = GHOSTS; i < last; i += LANES) look(i);
  look(last);  // some of them once more
  return *std::max_element(most, most + LANES);
}

/// F at the faces: split as (F +- speed m) / 2, speed the fastest signal in the flow; each part from where it comes.
template <typename Variables> HENRICI_INLINE void faces(const Variables &of, double fastest, const State &s)
{
  const double speed = fastest_signal(fastest, s);
  for (std::int64_t i = 0; i <= s.n; i += LANES) {
    const std::int64_t left = i + BEYOND - 1, right = left + 1, first = left - 2;
    const auto at = [&](const double *row, std::int64_t cell) HENRICI_LAMBDA { return Lanes::load(row + cell); };
    const Shares<Lanes> ahead(at(s.ends, left), at(s.middle, left), at(s.begins, left));
    const Shares<Lanes> back(at(s.begins, right), at(s.middle, right), at(s.ends, right));
    Lanes cell[2][MOST], face[2][MOST], row[6];
    for (int j = 0; j < 6; ++j) row[j] = at(s.m[0], first + j);
#pragma GCC unroll 8
    for (std::int64_t k = 0; k <= of.order; ++k) {
      Lanes plus[6], minus[6];
#pragma GCC unroll 6
      for (int j = 0; j < 6; ++j) {
        const Lanes flux = at(s.flux[k], first + j), m = speed * row[j];
        plus[j] = m + flux, minus[j] = m - flux;
        row[j] = of.chained ? flux : at(s.m[std::min(k + 1, of.order)], first + j);
      }
      cell[0][k] = plus[2], face[0][k] = ahead.value(plus[0], plus[1], plus[2], plus[3], plus[4]);
      cell[1][k] = minus[3], face[1][k] = back.value(minus[5], minus[4], minus[3], minus[2], minus[1]);
    }
    for (int side = 0; side < 2; ++side) limit(of.order + 1, cell[side], face[side]);
#pragma GCC unroll 8
    for (std::int64_t k = 0; k <= of.order; ++k) Lanes::store(s.face[k] + i, 0.5 * (face[0][k] - face[1][k]));
  }
}

/// -d_x F
HENRICI_INLINE void divergence(const Flow &flow, const State &s, double *rate)
{
  const double scale = -1 / flow.dx;
  for (std::int64_t k = 0; k <= s.order; ++k) {
    double *const face = s.face[k];
    if (flow.left_flux) face[0] = flow.left_flux[k];
    if (flow.right_flux) face[s.n] = flow.right_flux[k];
    for (std::int64_t i = 0; i < s.n; ++i) rate[k * s.n + i] = scale * (face[i + 1] - face[i]);
  }
}

template <typename Variables> HENRICI_INLINE Lost all_rates(const Variables &of, const Flow &flow, double *work, const Rates &out)
{
  State s(of.order, flow.cells, work);
  pad(flow, s);
  const Lost lost = primitive(of.dimension, s);
  if (lost != Lost::nothing) return lost;
  expand(of, flow, s);
  if (out.rate) {
    roughness(of, s);
    faces(of, flow.fastest, s);
    divergence(flow, s, out.rate);
  }
  produce(of, flow, s, out);
  if (out.b)
    for (std::int64_t k = 3; k <= of.order; ++k) std::copy_n(s.a[k] + BEYOND, s.n, out.b + (k - 3) * s.n);
  if (out.gas) {
    const double *const rows[] = {s.rho(), s.u, s.theta};
    for (std::int64_t k = 0; k < 3; ++k) std::copy_n(rows[k] + BEYOND, s.n, out.gas + k * s.n);
  }
  if (out.path)
    for (std::int64_t i = 0; i < s.n; ++i)
      out.path[i] = flow.eps[i + GHOSTS] * s.root[i + BEYOND] / frequency(of, s.rho()[i + BEYOND], s.theta[i + BEYOND]);
  return lost;
}

}  // namespace

std::int64_t room(std::int64_t order, std::int64_t cells) { return State::room(order, cells); }

Lost rates(const Hermite &of, const Flow &flow, double *work, const Rates &out)
{
  return with_order(of, [&](const Hermite &known) HENRICI_LAMBDA { return all_rates(known, flow, work, out); });
}

Lost rates(const Projection &of, const Flow &flow, double *work, const Rates &out)
{
  return all_rates(of, flow, work, out);
}

}  // namespace henrici::kinetic
