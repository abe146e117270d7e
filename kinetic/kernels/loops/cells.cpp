#include "cells.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace henrici::kinetic {
namespace {

/// `three` in so many vectors of cells, of rows of matrices of this width.
template <int VECTORS>
HENRICI_INLINE void three_in(std::int64_t n, std::int64_t length, std::int64_t width, const double *matrices, const double *q, double *out)
{
  Lanes sum[3][VECTORS] = {};
  for (std::int64_t j = 0; j < n; ++j, matrices += 2 * width)
    for (int w = 0; w < VECTORS; ++w) {
      const Lanes even = Lanes::load(matrices + w * LANES), odd = Lanes::load(matrices + width + w * LANES);
      sum[0][w] += q[j] * even, sum[1][w] += q[length + j] * odd, sum[2][w] += q[2 * length + j] * even;
    }
  for (int k = 0; k < 3; ++k)
    for (int w = 0; w < VECTORS; ++w) Lanes::store(out + k * length + w * LANES, sum[k][w]);
}

/// `sum` in so many vectors of cells, of which each row has sums of its own: none waits for another one.
template <int VECTORS>
HENRICI_INLINE void sum_in(std::int64_t n, std::int64_t length, std::int64_t width, const double *matrices, const double *q, double *out)
{
  constexpr int ROWS = 3;
  Lanes sum[ROWS][VECTORS] = {};
  for (std::int64_t j = 0; j < n; ++j, matrices += ROWS * width)
    for (int k = 0; k < ROWS; ++k)
      for (int w = 0; w < VECTORS; ++w) sum[k][w] += q[k * length + j] * Lanes::load(matrices + k * width + w * LANES);
  for (int w = 0; w < VECTORS; ++w) {
    for (int k = 1; k < ROWS; ++k) sum[0][w] += sum[k][w];
    Lanes::store(out + w * LANES, sum[0][w]);
  }
}

/// Calls work(vectors, first cell) for all cells, with numbers of vectors that the compiler knows, of which 16 registers have room for
/// three sums.
template <typename Work> HENRICI_INLINE void in_vectors(std::int64_t n, Work work)
{
  constexpr std::int64_t MOST_VECTORS = 4;
  const std::int64_t vectors = (n + LANES - 1) / LANES;
  for (std::int64_t v = 0; v < vectors; v += MOST_VECTORS) switch (std::min(MOST_VECTORS, vectors - v)) {
      case 1: work(std::integral_constant<int, 1>{}, v * LANES); break;
      case 2: work(std::integral_constant<int, 2>{}, v * LANES); break;
      case 3: work(std::integral_constant<int, 3>{}, v * LANES); break;
      default: work(std::integral_constant<int, 4>{}, v * LANES);
    }
}

}  // namespace

void three(std::int64_t n, std::int64_t length, const double *matrices, const double *q, double *out)
{
  in_vectors(n, [&](auto vectors, std::int64_t first) HENRICI_LAMBDA {
    three_in<decltype(vectors)::value>(n, length, whole(n), matrices + first, q, out + first);
  });
}

void sum(std::int64_t n, std::int64_t length, const double *matrices, const double *q, double *out)
{
  in_vectors(n, [&](auto vectors, std::int64_t first) HENRICI_LAMBDA {
    sum_in<decltype(vectors)::value>(n, length, whole(n), matrices + first, q, out + first);
  });
}

void weigh(std::int64_t n, std::int64_t rows, const double *gas, const double *g, double *__restrict over_weight,
           double *__restrict q)
{
  for (std::int64_t i = 0; i < n; ++i) {
    const double theta = gas[2 * n + i], weight = gas[i] * theta * std::sqrt(theta);
    over_weight[i] = 1 / weight;
    for (std::int64_t k = 0; k < rows; ++k) q[k * n + i] = weight * g[k * n + i];
  }
}

void unweigh(std::int64_t n, std::int64_t rows, const double *over_weight, double *q)
{
  for (std::int64_t k = 0; k < rows; ++k)
    for (std::int64_t i = 0; i < n; ++i) q[k * n + i] *= over_weight[i];
}

void sort(const Mesh &mesh, const double *cells, double *slots)
{
  const std::int64_t *const begin = mesh.begin.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    double all[BLOCK_CELLS] = {};
    if (b + 1 < mesh.blocks) std::copy_n(cells + begin[b], BLOCK_CELLS, all);
    else std::copy(cells + begin[b], cells + mesh.n, all);
    for (std::int64_t k = 0; k < KINDS; ++k)
      for (std::int64_t l = 0; l < GROUP; ++l) slots[b * BLOCK_CELLS + k * GROUP + l] = all[KINDS * l + k];
  }
}

void unsort(const Mesh &mesh, const double *slots, double *cells)
{
  const std::int64_t *const begin = mesh.begin.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    double all[BLOCK_CELLS], mixed[BLOCK_CELLS];
    std::copy_n(slots + b * BLOCK_CELLS, BLOCK_CELLS, all);
    for (std::int64_t l = 0; l < GROUP; ++l)
      for (std::int64_t k = 0; k < KINDS; ++k) mixed[KINDS * l + k] = all[k * GROUP + l];
    std::copy_n(mixed, BLOCK_CELLS, cells + begin[b]);
  }
}

}  // namespace henrici::kinetic
