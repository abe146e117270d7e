// C = A B + (b, b, ...) on one thread, where B is laid out for it beforehand: in panels of so many columns that the sums of a few
// rows of C stay in registers. Loops over them multiply as fast as the processor can; MKL, by which torch multiplies, leaves half
// of an AMD processor unused.
#pragma once

#include <cstdint>

namespace henrici::kernels {

/// A matrix in memory: element (i, j) is at[i * row + j * column].
template <typename Real> struct Elements {
  const Real *at;
  std::int64_t row, column;
};

/// Numbers in the panels of B [k, n], at most.
template <typename Real> constexpr std::int64_t panels_size(std::int64_t k, std::int64_t n)
{
  constexpr std::int64_t whole = 192 / sizeof(Real);  // three registers, the longest that there are
  return (k + 1) * ((n + whole - 1) / whole * whole);
}

/// B: [k, n]; b: [n], or null for 0
void lay_out(std::int64_t k, std::int64_t n, const Elements<float> &B, const float *b, float *panels);
void lay_out(std::int64_t k, std::int64_t n, const Elements<double> &B, const double *b, double *panels);

/// A: [m, k]; c: [m, n], rows of `stride` numbers, overwritten
void multiply(std::int64_t m, std::int64_t k, std::int64_t n, const Elements<float> &A, const float *panels, float *c,
              std::int64_t stride);
void multiply(std::int64_t m, std::int64_t k, std::int64_t n, const Elements<double> &A, const double *panels, double *c,
              std::int64_t stride);

}  // namespace henrici::kernels
