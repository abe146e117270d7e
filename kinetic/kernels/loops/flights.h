// Slopes as molecules bring them: kinetic/moments/flights.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

constexpr std::int64_t RATES = 2;  // of flights

/// out += g m, for one row g of slopes.
struct Flight {
  const double *g, *m;
  double *out;
};

/// All of some flights from n cells, to `width` of them. row: from a row of each m to the next.
void fly(const Flight *flights, std::int64_t count, std::int64_t n, std::int64_t width, std::int64_t row);

}  // namespace henrici::kinetic
