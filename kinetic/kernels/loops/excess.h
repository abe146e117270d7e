// How far slopes exceed their mean around: E of kinetic/moments/flights.py, by sums along the tube to the right and to the left.
#pragma once

#include <cstdint>
#include <vector>

#include "ends.h"

namespace henrici::kinetic {

/// Sums r_(i+1) = d_i r_i + u_i, d = exp(-tau) of cells, GROUP of them at once, and what makes E of them.
struct Sweep {
  std::vector<double> one, two, four;  // [whole(n) + GROUP] d_i, d_i d_(i-1), d_i .. d_(i-3)
  std::vector<double> before, after;   // [whole(n)] d of all cells of a vector that are before or after it
  std::vector<double> across, from_left, from_right;  // [whole(n) / GROUP] d of all cells of a vector, and of all vectors before or after it
  std::vector<double> halves, gains;                  // [whole(n)] exp(-tau / 2) of each cell, sqrt(sinh(tau / 2)) exp(-tau / 2)
  bool turns;                                         // whether what leaves at one end comes in at the other
  bool mirror[2];                                     // or its image at the same one
  double passes, again;                               // d of all cells; 1 / (1 - d) of a turn, if there is one
};

/// free: [n] alpha tau across each cell.
Sweep sweep(std::int64_t n, End left, End right, const double *free);

/// out = E q for q of this parity in a reflection. q, out: [whole(n)], finite beyond n; work: 3 whole(n) numbers.
void exceed(const Sweep &, double parity, const double *q, double *out, double *work);

}  // namespace henrici::kinetic
