// Walls that molecules come from, for Hermite's moments: kinetic/moments/walls.py.
#pragma once

#include "moments.h"

namespace henrici::kinetic {

/// A quadrature over half of the velocities.
struct Nodes {
  std::int64_t count;           // a multiple of LANES
  const double *node, *weight;  // of [0, 2]
  double reach;                 // how far it goes, in units of sqrt(theta)
};

/// One end, as if it were on the left.
struct Wall {
  const double *come;  // [M + 2] moments of the molecules that come from there, at unit density; nullptr: none do
  double density;      // theirs, or 0 where as many of them come as arrive
};

/// Both ends of a tube.
struct Walls {
  End end[2];
  bool emit;  // whether molecules come from one of them
  const double *parity;  // [M + 1]
  Nodes nodes;
  Wall wall[2];
};

/// Cells beyond a wall [M + 1, 6] and the flux through it [M + 1]. m: [M + 1, n]
void at_wall(const Hermite &, const Nodes &, const Wall &, bool right, std::int64_t n, const double *m, double *beyond, double *flux);

}  // namespace henrici::kinetic
