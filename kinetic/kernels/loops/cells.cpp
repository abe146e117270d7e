#include "cells.h"

#include <algorithm>

namespace henrici::kinetic {
namespace {

/// `together` in so many vectors of cells, each in two sums that do not wait for each other.
template <int VECTORS>
HENRICI_INLINE void product(std::int64_t n, std::int64_t rows, const double *matrices, const double *weight, const double *over_weight,
                            const double *g, double *out)
{
  Lanes sum[2][VECTORS] = {};
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t k = 0; k < rows; ++k, matrices += VECTORS * LANES) {
      const double flying = weight[j] * g[k * n + j];
      for (int w = 0; w < VECTORS; ++w) sum[k & 1][w] += flying * Simd::load(matrices + w * LANES);
    }
  double all[VECTORS * LANES];
  for (int w = 0; w < VECTORS; ++w) Simd::store(all + w * LANES, sum[0][w] + sum[1][w]);
  for (std::int64_t i = 0; i < n; ++i) out[i] = over_weight[i] * all[i];
}

}  // namespace

HENRICI_VERSIONS void together(std::int64_t n, std::int64_t rows, const double *matrices, const double *weight, const double *over_weight,
                               const double *g, double *out)
{
  switch (whole(n) / LANES) {
    case 1: return product<1>(n, rows, matrices, weight, over_weight, g, out);
    case 2: return product<2>(n, rows, matrices, weight, over_weight, g, out);
    case 3: return product<3>(n, rows, matrices, weight, over_weight, g, out);
    default: return product<4>(n, rows, matrices, weight, over_weight, g, out);
  }
}

HENRICI_VERSIONS void weigh(std::int64_t n, std::int64_t first, std::int64_t last, const double *c, const double *weight,
                            const double *g, double *__restrict cells)
{
  for (std::int64_t i = 0; i < n; ++i) cells[i] = c[0] * g[first * n + i];
  for (std::int64_t k = first + 2; k <= last; k += 2) {
    const double factor = c[(k - first) / 2];
    for (std::int64_t i = 0; i < n; ++i) cells[i] += factor * g[k * n + i];
  }
  for (std::int64_t i = 0; i < n; ++i) cells[i] *= weight[i];
  std::fill(cells + n, cells + whole(n), 0.0);
}

HENRICI_VERSIONS void sort(const Mesh &mesh, const double *cells, double *slots)
{
  const std::int64_t *const begin = mesh.begin.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    double all[BLOCK_CELLS] = {};
    if (b + 1 < mesh.blocks) std::copy_n(cells + begin[b], BLOCK_CELLS, all);
    else std::copy(cells + begin[b], cells + mesh.n, all);
    for (std::int64_t k = 0; k < KINDS; ++k)
      for (std::int64_t l = 0; l < LANES; ++l) slots[b * BLOCK_CELLS + k * LANES + l] = all[KINDS * l + k];
  }
}

HENRICI_VERSIONS void unsort(const Mesh &mesh, const double *slots, double *cells)
{
  const std::int64_t *const begin = mesh.begin.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    double all[BLOCK_CELLS], mixed[BLOCK_CELLS];
    std::copy_n(slots + b * BLOCK_CELLS, BLOCK_CELLS, all);
    for (std::int64_t l = 0; l < LANES; ++l)
      for (std::int64_t k = 0; k < KINDS; ++k) mixed[KINDS * l + k] = all[k * LANES + l];
    std::copy_n(mixed, BLOCK_CELLS, cells + begin[b]);
  }
}

HENRICI_VERSIONS void unweigh(std::int64_t n, std::int64_t count, const double *rows, const double *factor, double *__restrict out)
{
  const std::int64_t stride = whole(n);
  for (std::int64_t i = 0; i < n; ++i) out[i] = rows[i];
  for (std::int64_t r = 1; r < count; ++r)
    for (std::int64_t i = 0; i < n; ++i) out[i] += rows[r * stride + i];
  for (std::int64_t i = 0; i < n; ++i) out[i] *= factor[i];
}

}  // namespace henrici::kinetic
