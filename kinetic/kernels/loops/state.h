// One flow in the middle of `rates`.
#pragma once

#include "frame.h"
#include "weno.h"

namespace henrici::kinetic {

/// All that `rates` knows of a flow. Rows from wide on have n + 12 cells, from near on n + 6.
struct State {
  std::int64_t order, n, wide, near;
  Field m;                    // wide
  double *u, *theta, *root;   // wide; root: sqrt(theta)
  Field a;                    // wide, a_0 .. a_M, and one row more
  double *d_rho, *d_u, *d_theta;  // near, over the scale of each
  Field da, flux, split, face[2], smooth, share;  // near

  State(std::int64_t order_, std::int64_t n_, double *work) : order(order_), n(n_), wide(n_ + 12), near(n_ + 6)
  {
    const std::int64_t stride = padded(n + 12), count = order + 1;
    const auto take = [&](std::int64_t rows) {
      const Field field{work, stride};
      work += rows * stride;
      return field;
    };
    m = take(count);
    u = take(1).first, theta = take(1).first, root = take(1).first;
    a = take(count + 1);
    d_rho = take(1).first, d_u = take(1).first, d_theta = take(1).first;
    da = take(count), flux = take(count), split = take(count), face[0] = take(count), face[1] = take(count);
    smooth = take(3), share = take(4);
  }

  const double *rho() const { return m[0]; }
};

HENRICI_INLINE void pad(const Flow &flow, const State &s)
{
  constexpr std::int64_t BEYOND = 2 * GHOSTS;
  for (std::int64_t k = 0; k <= s.order; ++k) {
    const double *const m = flow.m + k * s.n;
    double *const to = s.m[k];
    std::copy_n(flow.left ? flow.left + k * BEYOND : m + s.n - BEYOND, BEYOND, to);
    std::copy_n(m, s.n, to + BEYOND);
    std::copy_n(flow.right ? flow.right + k * BEYOND : m, BEYOND, to + BEYOND + s.n);
  }
}

}  // namespace henrici::kinetic
