// Moments in the frame of the gas: kinetic/moments/hermite.py.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "moments.h"
#include "vectors.h"

namespace henrici::kinetic {

constexpr std::int64_t BLOCK = 64;  // cells that are worked on at a time where all is done cell by cell

/// Rows of numbers along the tube.
struct Field {
  double *first;
  std::int64_t stride;

  HENRICI_INLINE double *operator[](std::int64_t k) const { return first + k * stride; }
  HENRICI_INLINE Field from(std::int64_t cell) const { return {first + cell, stride}; }
};

HENRICI_INLINE Lost primitive(double dimension, std::int64_t n, const double *m0, const double *m1, const double *m2,
                              double *__restrict over_rho, double *__restrict u, double *__restrict theta)
{
  const double share = 1 / dimension;
  std::int64_t thin = 0, cold = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double inverse = 1 / m0[i];
    over_rho[i] = inverse;
    u[i] = m1[i] * inverse;
    theta[i] = share * (m2[i] * inverse - u[i] * u[i]);
    thin += m0[i] > 0 ? 0 : 1;  // not a number is lost, too
    cold += theta[i] > 0 ? 0 : 1;
  }
  return thin ? Lost::density : cold ? Lost::temperature : Lost::nothing;
}

HENRICI_INLINE Lost lost(const Lanes &rho, const Lanes &theta)
{
  return !is_positive(rho) ? Lost::density : !is_positive(theta) ? Lost::temperature : Lost::nothing;
}

HENRICI_INLINE double power(double x, double exponent) { return exponent == 0 ? 1 : exponent == 1 ? x : std::pow(x, exponent); }

/// nu, how often molecules collide, times eps.
HENRICI_INLINE double frequency(const Hermite &, double, double) { return 1; }
HENRICI_INLINE double frequency(const Projection &of, double rho, double theta)
{
  return of.stress * power(rho, of.density) * power(theta, of.temperature);
}

/// to += sum_j row[j] q_j, of n cells
HENRICI_INLINE void add_combined(const double *row, std::int64_t count, const Field &q, std::int64_t n, double *__restrict to)
{
  for (std::int64_t j = 0; j < count; ++j) {
    const double c = row[j];
    if (c == 0) continue;  // as most of them are
    const double *__restrict const from = q[j];
    for (std::int64_t i = 0; i < n; ++i) to[i] += c * from[i];
  }
}

HENRICI_INLINE void combine(const double *row, std::int64_t count, const Field &q, std::int64_t n, double *to)
{
  std::fill_n(to, n, 0.0);
  add_combined(row, count, q, n, to);
}

/// Calls work(of) with an order that the compiler knows, where it is one of many models: loops over moments are gone then.
template <typename Model, typename Work> HENRICI_INLINE auto with_order(const Model &of, Work work)
{
  Model known = of;
  switch (of.order) {
    case 3: known.order = 3; return work(known);
    case 4: known.order = 4; return work(known);
    case 5: known.order = 5; return work(known);
    default:
      if (of.order < 2) __builtin_unreachable();  // nobody has less, and the compiler may rely on that
      return work(of);
  }
}

/// a_0 .. a_M of moments, in their place. With a row more, which begins as 0, it gets what m_(M+1) is less than its central moment.
/// over_root: 1 / sqrt(theta).
HENRICI_INLINE void into_frame(const Hermite &of, std::int64_t rows, const Lanes &over_rho, const Lanes &u, const Lanes &over_root,
                               Lanes *moments)
{
  const std::int64_t count = of.order + 1;
#pragma GCC unroll 8
  for (std::int64_t pass = 1; pass < rows; ++pass)  // v^(k-pass) (v - u)^pass
#pragma GCC unroll 8
    for (std::int64_t k = rows - 1; k >= pass; --k) moments[k] -= u * moments[k - 1];
  Lanes scale = over_rho;
#pragma GCC unroll 8
  for (std::int64_t k = 0; k < count; ++k) {
    moments[k] *= scale;
    scale *= over_root;
  }
#pragma GCC unroll 8
  for (std::int64_t k = count - 1; k >= 2; --k)
#pragma GCC unroll 8
    for (std::int64_t j = k - 2; j >= 0; j -= 2) moments[k] += of.polynomials[k * count + j] * moments[j];
}

}  // namespace henrici::kinetic
