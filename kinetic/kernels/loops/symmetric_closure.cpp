#include "moments.h"
#include "networks.h"

namespace henrici::kinetic {
namespace {

/// out = basis in, or out += with `more`, for a basis of matrices of n^2 elements that are 0 but for one or two.
HENRICI_INLINE void assemble(const double *basis, std::int64_t elements, std::int64_t count, const Row *in, Row *out, bool more = false)
{
  for (std::int64_t j = 0; j < elements; ++j) {
    if (!more) std::fill_n(out[j], CELLS, 0.0);
    for (std::int64_t k = 0; k < count; ++k) {
      const double c = basis[j * count + k];
      if (c != 0) each([&](std::int64_t i) HENRICI_LAMBDA { out[j][i] += c * in[k][i]; });
    }
  }
}

/// (start + weight change y, bounded) times a basis of matrices [n^2, count]: n^2 rows
HENRICI_INLINE void matrix(std::int64_t elements, std::int64_t count, const double *start, double change, const Row &weight,
                           const Row *y, const double *basis, Row *work, Row *out)
{
  Row factor;
  bound(y, count, factor);
  each([&](std::int64_t i) HENRICI_LAMBDA { factor[i] *= change * weight[i]; });
  for (std::int64_t k = 0; k < count; ++k)
    each([&](std::int64_t i) HENRICI_LAMBDA { work[k][i] = start[k] + factor[i] * y[k][i]; });
  assemble(basis, elements, count, work, out);
}

/// S [n^2] rows, bounded. even, odd: what the network says, the second one for each odd moment.
HENRICI_INLINE void speeds(const SymmetricClosure &of, const Reflected &x, const Row *even, const Row *odd, Row *work, Row *s)
{
  const std::int64_t n = x.n, count = of.alike_count;
  for (std::int64_t k = 0; k < count; ++k) {
    Row sum = {};
    for (std::int64_t j = 0; j < x.odds; ++j)
      each([&](std::int64_t i) HENRICI_LAMBDA { sum[i] += x.odd[j][i] * odd[j * count + k][i]; });
    std::copy_n(sum, CELLS, work[k]);
  }
  assemble(of.unlike, n * n, of.unlike_count, even, s);
  assemble(of.symmetric, n * n, count, work, s, true);
  Row square = {};
  for (std::int64_t k = 0; k < n * n; ++k)
    each([&](std::int64_t i) HENRICI_LAMBDA { square[i] += s[k][i] * s[k][i]; });
  each([&](std::int64_t i) HENRICI_LAMBDA { square[i] = of.most / std::sqrt(1 + square[i]); });
  for (std::int64_t k = 0; k < n * n; ++k)
    each([&](std::int64_t i) HENRICI_LAMBDA { s[k][i] *= square[i]; });
}

/// out += matrix in, or its transpose in, cell by cell. matrix: [n^2] rows
HENRICI_INLINE void add_product(std::int64_t n, const Row *matrix, bool transposed, const Row *in, Row *out)
{
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t k = 0; k < n; ++k) {
      const Row &element = transposed ? matrix[k * n + j] : matrix[j * n + k];
      each([&](std::int64_t i) HENRICI_LAMBDA { out[j][i] += element[i] * in[k][i]; });
    }
}

HENRICI_INLINE void clear(Row *rows, std::int64_t count) { std::fill_n(rows[0], count * CELLS, 0.0); }

}  // namespace

HENRICI_VERSIONS std::int64_t evaluate(const SymmetricClosure &of, const Seen &flow, double *h)
{
  constexpr std::int64_t RATES = 2;
  const std::int64_t m = of.order, n = m - 2, alike = of.alike_count, unlike = of.unlike_count;
  Reflected x{n, std::count(of.parity, of.parity + n, -1.0), nullptr, nullptr};
  Workspace rows(n + (m + 1) + 4 * n + 1 + x.odds + x.features() + 1 + of.network.outputs + 2 * of.network.width + alike + unlike +
            3 * n * n + 3 * n);
  Row *const b = rows.take(n), *const g = rows.take(m + 1), *const once = rows.take(2 * n), *const twice = rows.take(2 * n);
  Row *const path = rows.take(1), *const y = rows.take(of.network.outputs), *const work = rows.take(2 * of.network.width);
  x.odd = rows.take(x.odds), x.seen = rows.take(x.features() + 1);
  Row *const terms = rows.take(alike + unlike), *const c = rows.take(n * n), *const q = rows.take(n * n), *const s = rows.take(n * n);
  Row *const spread = rows.take(n), *const sum = rows.take(n), *const local = rows.take(n);
  double over_scale[MOST], over_limit[MOST];
  invert(of.scale, n, over_scale), invert(of.limit, n, over_limit);
  std::int64_t outside = 0;
  for (std::int64_t first = 0; first < flow.cells; first += CELLS) {
    const std::int64_t there = std::min(CELLS, flow.cells - first);
    fetch(flow.b, n, flow.cells, first, b), fetch(flow.g, m + 1, flow.cells, first, g);
    fetch(flow.once, 2 * n, flow.cells, first, once), fetch(flow.twice, 2 * n, flow.cells, first, twice);
    fetch(flow.path, 1, flow.cells, first, path);
    reflect(x, of.parity, b, over_scale, of.small);
    knudsen(g, m + 1, of.tiny, path[0], x.seen[x.features()]);
    evaluate(of.network, x.seen, work, y);
    for (std::int64_t k = 0; k < of.network.outputs; ++k)
      each([&](std::int64_t i) HENRICI_LAMBDA { y[k][i] *= x.share()[i]; });
    const Row *const damping = y, *const shifting = damping + RATES * alike, *const even = shifting + RATES * unlike,
                     *const odd = even + unlike;
    Row weight;
    outside += domain(n, b, over_limit, there, weight);
    speeds(of, x, even, odd, terms, s);
    clear(local, n);
    add_product(n, s, false, g + 3, local);
    for (std::int64_t k = 0; k < n; ++k)
      each([&](std::int64_t i) HENRICI_LAMBDA { sum[k][i] = weight[i] * local[k][i]; });
    for (std::int64_t rate = 0; rate < RATES; ++rate) {
      matrix(n * n, alike, of.damping + rate * alike, of.change, weight, damping + rate * alike, of.alike, terms, c);
      matrix(n * n, unlike, of.shifting + rate * unlike, of.change, weight, shifting + rate * unlike, of.unlike, terms, q);
      clear(spread, n);
      add_product(n, c, true, once + rate * n, spread);
      add_product(n, c, false, spread, sum);
      add_product(n, q, false, twice + rate * n, sum);
    }
    for (std::int64_t k = 0; k < n; ++k) std::copy_n(sum[k], there, h + k * flow.cells + first);
  }
  return outside;
}

}  // namespace henrici::kinetic
