// Slopes as molecules bring them: kinetic/moments/flights.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

/// Rows g_k [rows, n] of one flow times a matrix each, [n, rates n]: of each of the rates, side by side. out: [rates, rows, n].
void fly(std::int64_t rows, std::int64_t n, std::int64_t rates, const double *g, const double *const *matrices, double *out);

}  // namespace henrici::kinetic
