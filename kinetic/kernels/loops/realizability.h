// Moments that no gas has, drawn towards equilibrium: kinetic/moments/realizability.py.
#pragma once

#include <cmath>
#include <cstdint>

#include "frame.h"

namespace henrici::kinetic {

constexpr std::int64_t MOST_DEGREES = 9;  // of polynomials p, for 17 moments

/// A = sum_l a_l F_l + diagonal: elements [j, k] with k <= j.
struct Form {
  Lanes element[MOST_DEGREES][MOST_DEGREES];

  /// a: a_3 .. a_M
  HENRICI_INLINE Form(const Hermite &of, int which, const Lanes *a, double diagonal)
  {
    const std::int64_t d = of.degrees[which];
    for (std::int64_t j = 0; j < d; ++j)
      for (std::int64_t k = 0; k <= j; ++k) {
        Lanes sum = j == k ? diagonal : 0.0;
        for (std::int64_t l = 0; l < of.order - 2; ++l) sum += of.forms[which][(l * d + j) * d + k] * a[l];
        element[j][k] = sum;
      }
  }

  /// good[l] = 0 where A is not positive definite: by the pivots of L D L^T, in the place of A.
  HENRICI_INLINE void eliminate(std::int64_t d, double *good)
  {
    for (std::int64_t p = 0; p < d; ++p) {
      const Lanes pivot = element[p][p], inverse = 1 / pivot;
      double at[LANES];
      Lanes::store(at, pivot);
      for (int l = 0; l < LANES; ++l) good[l] = at[l] > 0 ? good[l] : 0;  // 0 for one that is no number, too
      for (std::int64_t j = p + 1; j < d; ++j) {
        const Lanes factor = element[j][p] * inverse;
        for (std::int64_t k = p + 1; k <= j; ++k) element[j][k] -= factor * element[k][p];
      }
    }
  }
};

/// Whether sum_l a_l F_l - shift is positive definite in one cell.
inline bool definite(const Hermite &of, int which, const double *a, double shift)
{
  const std::int64_t d = of.degrees[which];
  double m[MOST_DEGREES][MOST_DEGREES];
  for (std::int64_t j = 0; j < d; ++j)
    for (std::int64_t k = 0; k <= j; ++k) {
      m[j][k] = j == k ? -shift : 0;
      for (std::int64_t l = 0; l < of.order - 2; ++l) m[j][k] += of.forms[which][(l * d + j) * d + k] * a[l];
    }
  for (std::int64_t p = 0; p < d; ++p) {
    if (!(m[p][p] > 0)) return false;
    for (std::int64_t j = p + 1; j < d; ++j)
      for (std::int64_t k = p + 1; k <= j; ++k) m[j][k] -= m[j][p] / m[p][p] * m[k][p];
  }
  return true;
}

/// The least eigenvalue, which is negative, of both forms in one cell: by halving an interval.
inline double lowest(const Hermite &of, const double *a)
{
  double least = 0;
  for (int which = 0; which < 2; ++which) {
    if (definite(of, which, a, least)) continue;
    double below = least - 1;
    while (!definite(of, which, a, below)) below *= 2;
    double above = least;
    for (double middle = 0.5 * (below + above); middle > below && middle < above; middle = 0.5 * (below + above))
      (definite(of, which, a, middle) ? below : above) = middle;
    least = below;
  }
  return least;
}

}  // namespace henrici::kinetic
