#include "flights.h"

#include <algorithm>

#include "versions.h"

namespace henrici::kinetic {

HENRICI_VERSIONS void fly(std::int64_t rows, std::int64_t n, const double *g, const double *const *matrices, Shape shape,
                          double *out)
{
  constexpr std::int64_t AT_ONCE = 4;  // rows of a matrix: sums stay in registers meanwhile
  std::fill_n(out, RATES * rows * n, 0.0);
  for (std::int64_t first = 0; first < n; first += AT_ONCE)
    for (std::int64_t k = 0; k < rows; ++k)  // which may have the same matrix, in the cache by now
      for (std::int64_t rate = 0; rate < RATES; ++rate) {
        double *__restrict const to = out + (rate * rows + k) * n;
        const std::int64_t stride = shape.row;
        const double *__restrict const m = matrices[k] + first * stride + rate * shape.rate, *const q = g + k * n + first;
        if (first + AT_ONCE <= n)
          for (std::int64_t i = 0; i < n; ++i)
            to[i] += (q[0] * m[i] + q[1] * m[stride + i]) + (q[2] * m[2 * stride + i] + q[3] * m[3 * stride + i]);
        else
          for (std::int64_t j = 0; first + j < n; ++j)
            for (std::int64_t i = 0; i < n; ++i) to[i] += q[j] * m[j * stride + i];
      }
}

}  // namespace henrici::kinetic
