// Slopes of cells before and after they fly.
#pragma once

#include <cstdint>

#include "mesh.h"

namespace henrici::kinetic {

constexpr std::int64_t MOST_TOGETHER = 4 * LANES;  // cells whose flights are one product

/// out = over_weight sum_k (weight g_k) m_k: [n] of g [rows, n] and matrices [n, rows, whole(n)], n <= MOST_TOGETHER.
void together(std::int64_t n, std::int64_t rows, const double *matrices, const double *weight, const double *over_weight, const double *g,
              double *out);

/// cells = weight (c_0 g_first + c_1 g_(first+2) + ..) up to g_last: [whole(n)], 0 beyond n. g: [.., n]
void weigh(std::int64_t n, std::int64_t first, std::int64_t last, const double *c, const double *weight, const double *g, double *cells);

/// Cells where they are in blocks; and back, to cells and as many numbers more as a block has.
void sort(const Mesh &, const double *cells, double *slots);
void unsort(const Mesh &, const double *slots, double *cells);

/// out = factor sum of rows: [n] of [count, whole(n)]
void unweigh(std::int64_t n, std::int64_t count, const double *rows, const double *factor, double *out);

}  // namespace henrici::kinetic
