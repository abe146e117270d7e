// Moments that no gas has, drawn towards equilibrium: kinetic/moments/realizability.py.
#pragma once

#include <cmath>
#include <cstdint>

#include "frame.h"

namespace henrici::kinetic {

constexpr std::int64_t MOST_DEGREES = 9;  // of polynomials p, for 17 moments

/// A = sum_l a_l F_l + diagonal, of all cells of a block: elements [j, k] with k <= j.
struct Forms {
  double element[MOST_DEGREES][MOST_DEGREES][BLOCK];

  /// a: rows a_3 .. a_M, stride apart.
  HENRICI_INLINE void sum(const Hermite &of, int which, std::int64_t n, const double *a, std::int64_t stride, double diagonal)
  {
    const std::int64_t d = of.degrees[which];
    for (std::int64_t j = 0; j < d; ++j)
      for (std::int64_t k = 0; k <= j; ++k) {
        double *const to = element[j][k];
        for (std::int64_t i = 0; i < n; ++i) to[i] = j == k ? diagonal : 0;
        for (std::int64_t l = 0; l < of.order - 2; ++l) {
          const double c = of.forms[which][(l * d + j) * d + k];
          const double *const from = a + l * stride;
          for (std::int64_t i = 0; i < n; ++i) to[i] += c * from[i];
        }
      }
  }

  /// good[i] = 0 where A is not positive definite: by the pivots of L D L^T, in the place of A.
  HENRICI_INLINE void eliminate(std::int64_t d, std::int64_t n, double *good)
  {
    double inverse[BLOCK], factor[BLOCK];
    for (std::int64_t p = 0; p < d; ++p) {
      for (std::int64_t i = 0; i < n; ++i) {
        good[i] = element[p][p][i] > 0 ? good[i] : 0;
        inverse[i] = 1 / element[p][p][i];
      }
      for (std::int64_t j = p + 1; j < d; ++j) {
        for (std::int64_t i = 0; i < n; ++i) factor[i] = element[j][p][i] * inverse[i];
        for (std::int64_t k = p + 1; k <= j; ++k)
          for (std::int64_t i = 0; i < n; ++i) element[j][k][i] -= factor[i] * element[k][p][i];
      }
    }
  }
};

/// Whether sum_l a_l F_l - shift is positive definite in one cell.
inline bool definite(const Hermite &of, int which, const double *a, std::int64_t stride, double shift)
{
  const std::int64_t d = of.degrees[which];
  double m[MOST_DEGREES][MOST_DEGREES];
  for (std::int64_t j = 0; j < d; ++j)
    for (std::int64_t k = 0; k <= j; ++k) {
      m[j][k] = j == k ? -shift : 0;
      for (std::int64_t l = 0; l < of.order - 2; ++l) m[j][k] += of.forms[which][(l * d + j) * d + k] * a[l * stride];
    }
  for (std::int64_t p = 0; p < d; ++p) {
    if (!(m[p][p] > 0)) return false;
    for (std::int64_t j = p + 1; j < d; ++j)
      for (std::int64_t k = p + 1; k <= j; ++k) m[j][k] -= m[j][p] / m[p][p] * m[k][p];
  }
  return true;
}

/// The least eigenvalue, which is negative, of both forms in one cell: by halving an interval.
inline double lowest(const Hermite &of, const double *a, std::int64_t stride)
{
  double least = 0;
  for (int which = 0; which < 2; ++which) {
    if (definite(of, which, a, stride, least)) continue;
    double below = least - 1;
    while (!definite(of, which, a, stride, below)) below *= 2;
    double above = least;
    for (double middle = 0.5 * (below + above); middle > below && middle < above; middle = 0.5 * (below + above))
      (definite(of, which, a, stride, middle) ? below : above) = middle;
    least = below;
  }
  return least;
}

}  // namespace henrici::kinetic
