// Slopes as molecules bring them: kinetic/moments/flights.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

constexpr std::int64_t RATES = 2;  // of flights

/// How a matrix for each of the rates lies in memory.
struct Shape {
  std::int64_t row, rate;  // from a row to the next, and from a rate to the next
};
/// Side by side: [n, RATES n].
inline Shape full(std::int64_t n) { return {RATES * n, n}; }
/// Row j + 1 is row j moved by one: the first of them twice, [RATES, 2 n]. Row 0 begins in the middle.
inline Shape circulant(std::int64_t n) { return {-1, 2 * n}; }

/// Rows g_k [rows, n] of one flow times a matrix each. matrices: where row 0 of each begins. out: [RATES, rows, n].
void fly(std::int64_t rows, std::int64_t n, const double *g, const double *const *matrices, Shape, double *out);

}  // namespace henrici::kinetic
