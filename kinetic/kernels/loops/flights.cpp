#include "flights.h"

#include <algorithm>

#include "versions.h"

namespace henrici::kinetic {
namespace {

/// to += q m, with `COUNT` rows of a matrix: the sum of each cell stays in a register meanwhile.
template <int COUNT>
HENRICI_INLINE void add(std::int64_t n, const double *q, const double *__restrict m, std::int64_t stride, double *__restrict to)
{
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = to[i];
    for (int j = 0; j < COUNT; ++j) sum += q[j] * m[j * stride + i];
    to[i] = sum;
  }
}

}  // namespace

HENRICI_VERSIONS void fly(std::int64_t rows, std::int64_t n, const double *g, const double *const *matrices, Shape shape,
                          double *out)
{
  constexpr std::int64_t MANY = 10, SOME = 4;  // rows of a matrix at once
  std::fill_n(out, RATES * rows * n, 0.0);
  for (std::int64_t first = 0, count; first < n; first += count) {
    count = n - first >= MANY ? MANY : n - first >= SOME ? SOME : 1;
    for (std::int64_t k = 0; k < rows; ++k)  // which may have the same matrix, in the cache by now
      for (std::int64_t rate = 0; rate < RATES; ++rate) {
        double *const to = out + (rate * rows + k) * n;
        const double *const m = matrices[k] + first * shape.row + rate * shape.rate, *const q = g + k * n + first;
        if (count == MANY)
          add<MANY>(n, q, m, shape.row, to);
        else if (count == SOME)
          add<SOME>(n, q, m, shape.row, to);
        else
          add<1>(n, q, m, shape.row, to);
      }
  }
}

}  // namespace henrici::kinetic
