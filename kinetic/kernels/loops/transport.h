// Free flight: d_t f = -v d_x f on a grid of velocities, upwind.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

/// Rows of f, one velocity each: [rows, nx], contiguous.
struct Rows {
  std::int64_t cells;         // nx
  std::int64_t velocities;    // row k has number k modulo this
  const double *rate;         // [velocities] -v / dx
  const double *f;
  const double *left, *right;            // [rows, 3] ghosts beyond each end; nullptr: f is periodic
  const double *left_face, *right_face;  // [rows] values at the ends that are known, or nullptr
};

/// Of the rows begin <= k < end; work: nx + 6 and nx + 1 numbers; out: [rows, nx].
void transport(const Rows &, std::int64_t begin, std::int64_t end, double *work, double *out);

}  // namespace henrici::kinetic
