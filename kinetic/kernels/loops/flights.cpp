#include "flights.h"

#include "versions.h"

namespace henrici::kinetic {
namespace {

/// out += g m, with `COUNT` rows of m: the sum of each cell stays in a register meanwhile.
template <int COUNT>
HENRICI_INLINE void add(std::int64_t width, const double *g, const double *__restrict m, std::int64_t row, double *__restrict out)
{
  for (std::int64_t i = 0; i < width; ++i) {
    double sum = out[i];
    for (int j = 0; j < COUNT; ++j) sum += g[j] * m[j * row + i];
    out[i] = sum;
  }
}

}  // namespace

HENRICI_VERSIONS void fly(const Flight *flights, std::int64_t count, std::int64_t n, std::int64_t width, std::int64_t row)
{
  constexpr std::int64_t MANY = 10, SOME = 4;  // rows of m at once
  for (std::int64_t first = 0, rows; first < n; first += rows) {
    rows = n - first >= MANY ? MANY : n - first >= SOME ? SOME : 1;
    for (std::int64_t k = 0; k < count; ++k) {  // of which some may have the same m, in the cache by now
      const double *const m = flights[k].m + first * row, *const g = flights[k].g + first;
      if (rows == MANY)
        add<MANY>(width, g, m, row, flights[k].out);
      else if (rows == SOME)
        add<SOME>(width, g, m, row, flights[k].out);
      else
        add<1>(width, g, m, row, flights[k].out);
    }
  }
}

}  // namespace henrici::kinetic
