// Collisions of the BGK model: kinetic/boltzmann/bgk.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

/// One flow on a grid of velocities: f and what becomes of it are [velocities, cells], contiguous.
struct Gas {
  std::int64_t velocities, cells;
  const double *v;       // [velocities]
  double dv;             // between two of them
  const double *f;
  const double *weight;  // [cells]
};

constexpr std::int64_t TOGETHER = 24;  // cells of one call

/// Numbers that `collide` works with.
constexpr std::int64_t collision_work(std::int64_t velocities) { return 2 * velocities * TOGETHER; }

/// out = f + weight (M - f), M the Maxwellian exp(a_0 + a_1 v + a_2 v^2) whose sums over the grid are those of f: in TOGETHER
/// cells from `first` on, or those that are left. False where Newton's method finds none.
bool collide(const Gas &, std::int64_t first, double *work, double *out);

}  // namespace henrici::kinetic
