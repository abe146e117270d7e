// Slopes as molecules bring them: kinetic/moments/flights.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

constexpr std::int64_t RATES = 2;  // of flights

/// Rows of a matrix, to the end of a vector. Where each row is the one before it, moved by a cell, one row stands in memory as many times
/// as a vector has lanes, each time moved by one more, so that every row begins where a vector does.
struct Lines {
  const double *first;
  std::int64_t length;  // of a row, or of a copy
  std::int64_t begin;   // of the first row in the copy that is not moved; -1: there are no copies, but all rows
};

/// out += g m, for one row g of slopes; out: to the end of a vector.
struct Flight {
  const double *g;
  Lines m;
  double *out;
};

/// All of some flights between n cells.
void fly(const Flight *flights, std::int64_t count, std::int64_t n);

/// `rows` rows of n numbers, times a weight, those of every `kinds`-th cell side by side: to [rows, kinds, n / kinds]
void sort(std::int64_t rows, std::int64_t n, std::int64_t kinds, const double *weight, const double *g, double *to);

/// And back, over the weight. from: [rows, kinds, width]
void unsort(std::int64_t rows, std::int64_t n, std::int64_t kinds, const double *weight, const double *from, std::int64_t width,
            double *out);

}  // namespace henrici::kinetic
