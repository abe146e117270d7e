// Cells before and after something flies between them.
#pragma once

#include <cstdint>

#include "mesh.h"

namespace henrici::kinetic {

constexpr std::int64_t MOST_TOGETHER = 4 * GROUP;  // cells between all of which there are matrices, for `three` and `sum`

/// Even, odd and even q [3, length] by the matrices of even and odd q [n, 2, whole(n)] -> [3, length]
void three(std::int64_t n, std::int64_t length, const double *matrices, const double *q, double *out);

/// The sum of three q [3, length], each by its own of the matrices [n, 3, whole(n)] -> [whole(n)]
void sum(std::int64_t n, std::int64_t length, const double *matrices, const double *q, double *out);

/// q = W g [rows, n] and 1 / W [n], W = rho theta^(3/2); and back, q = q / W. gas: [3, n] rho, u, theta
void weigh(std::int64_t n, std::int64_t rows, const double *gas, const double *g, double *over_weight, double *q);
void unweigh(std::int64_t n, std::int64_t rows, const double *over_weight, double *q);

/// Cells where they are in blocks; and back, to cells and as many numbers more as a block has.
void sort(const Mesh &, const double *cells, double *slots);
void unsort(const Mesh &, const double *slots, double *cells);

}  // namespace henrici::kinetic
