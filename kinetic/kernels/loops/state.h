// One flow in the middle of `rates`.
#pragma once

#include "frame.h"
#include "weno.h"

namespace henrici::kinetic {

constexpr std::int64_t BEYOND = 2 * GHOSTS;  // cells of a row before the first one of the flow, and after the last one

/// All that `rates` knows of a flow, in rows of n + 2 BEYOND cells, and then the last one again to the end of a vector.
struct State {
  std::int64_t order, n, wide, length;
  Field m;
  double *over_rho, *u, *theta, *root, *over_root, *p;  // root: sqrt(theta)
  Field a;                     // a_0 .. a_M
  Field own;                   // rows for `flux`, `seen` and what is not kept for long
  const double *flux[MOST];    // F_0 .. F_M, but for GHOSTS cells at each end
  const double *seen[MOST];    // from the third on: moments as the gas sees them
  double *ends, *middle, *begins;  // smoothness of the stencils of three cells that end, have their middle and begin there
  Field face;                  // of F, between the cells i + BEYOND - 1 and i + BEYOND: 0 <= i <= n

  State(std::int64_t order_, std::int64_t n_, double *work) : order(order_), n(n_), wide(n_ + 2 * BEYOND), length(row(n_))
  {
    const std::int64_t count = order + 1;
    const auto take = [&](std::int64_t rows) {
      const Field field{work, length};
      work += rows * length;
      return field;
    };
    m = take(count);
    over_rho = take(1)[0], u = take(1)[0], theta = take(1)[0], root = take(1)[0], over_root = take(1)[0], p = take(1)[0];
    a = take(count), own = take(count), face = take(count);
    ends = take(1)[0], middle = take(1)[0], begins = take(1)[0];
  }

  const double *rho() const { return m[0]; }

  static std::int64_t row(std::int64_t n) { return whole(n + 2 * BEYOND + 4); }  // vectors at the last face reach so far
  static std::int64_t room(std::int64_t order, std::int64_t n) { return (9 + 4 * (order + 1)) * row(n); }
};

/// Cells beyond an end of a row. last, step: the cell at the end, and how far it is to the next one of the flow; to: the first of the
/// cells beyond, from the end on.
HENRICI_INLINE void continue_row(End end, double parity, std::int64_t n, const double *last, std::int64_t step, double *to)
{
  for (std::int64_t i = 0; i < BEYOND; ++i)
    to[-step * i] = end == End::periodic ? last[step * (n - 1 - i)] : end == End::reflecting ? parity * last[step * i] : *last;
}

HENRICI_INLINE void pad(const Flow &flow, const State &s)
{
  for (std::int64_t k = 0; k <= s.order; ++k) {
    const double *const m = flow.m + k * s.n;
    double *const to = s.m[k];
    if (flow.left) std::copy_n(flow.left + k * BEYOND, BEYOND, to);
    else continue_row(flow.left_end, flow.parity[k], s.n, m, 1, to + BEYOND - 1);
    std::copy_n(m, s.n, to + BEYOND);
    if (flow.right) std::copy_n(flow.right + k * BEYOND, BEYOND, to + BEYOND + s.n);
    else continue_row(flow.right_end, flow.parity[k], s.n, m + s.n - 1, -1, to + BEYOND + s.n);
    std::fill(to + s.wide, to + s.length, to[s.wide - 1]);
  }
}

/// Of the first three moments: whether there is a gas, and what it is.
HENRICI_INLINE Lost primitive(double dimension, const State &s)
{
  const Lost lost = primitive(dimension, s.length, s.m[0], s.m[1], s.m[2], s.over_rho, s.u, s.theta);
  for (std::int64_t i = 0; i < s.length; ++i) {
    s.root[i] = std::sqrt(s.theta[i]);
    s.over_root[i] = 1 / s.root[i];
    s.p[i] = s.rho()[i] * s.theta[i];
  }
  return lost;
}

/// d_x of a row, central differences of sixth order; cell: the first of LANES.
HENRICI_INLINE Lanes slope(const double *cell, double dx)
{
  const auto difference = [&](int k) HENRICI_LAMBDA { return Lanes::load(cell + k) - Lanes::load(cell - k); };
  return 1 / (60 * dx) * (45 * difference(1) - 9 * difference(2) + difference(3));
}

}  // namespace henrici::kinetic
