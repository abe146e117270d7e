#include "flights.h"
#include "moments.h"
#include "networks.h"

namespace henrici::kinetic {
namespace {

/// out = basis in, or out += with `more`, for a basis of matrices of n^2 elements that are 0 but for one or two.
HENRICI_INLINE void assemble(const double *basis, std::int64_t elements, std::int64_t count, const Lanes *in, Lanes *out,
                             bool more = false)
{
  for (std::int64_t j = 0; j < elements; ++j) {
    Lanes sum = more ? out[j] : Lanes{};
    for (std::int64_t k = 0; k < count; ++k)
      if (const double c = basis[j * count + k]; c != 0) sum += c * in[k];
    out[j] = sum;
  }
}

/// (start + weight y, bounded) times a basis of matrices [n^2, count]: n^2 of them
HENRICI_INLINE void matrix(std::int64_t elements, std::int64_t count, const double *start, const Lanes &weight, const Lanes *y,
                           const double *basis, Lanes *work, Lanes *out)
{
  const Lanes factor = weight * bound(y, count);
  for (std::int64_t k = 0; k < count; ++k) work[k] = start[k] + factor * y[k];
  assemble(basis, elements, count, work, out);
}

/// S [n^2], bounded. even, odd: what the network says, the second one for each of the odd moments x.
HENRICI_INLINE void speeds(const SymmetricClosure &of, std::int64_t odds, const Lanes *x, const Lanes *even, const Lanes *odd,
                           Lanes *work, Lanes *s)
{
  const std::int64_t n = of.order - 2, count = of.alike_count;
  for (std::int64_t k = 0; k < count; ++k) {
    work[k] = Lanes{};
    for (std::int64_t j = 0; j < odds; ++j) work[k] += x[j] * odd[j * count + k];
  }
  assemble(of.unlike, n * n, of.unlike_count, even, s);
  assemble(of.symmetric, n * n, count, work, s, true);
  const Lanes factor = of.most * bound(s, n * n);
  for (std::int64_t k = 0; k < n * n; ++k) s[k] *= factor;
}

/// out += matrix in, or its transpose in. matrix: [n^2]
HENRICI_INLINE void add_product(std::int64_t n, const Lanes *matrix, bool transposed, const Lanes *in, Lanes *out)
{
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t k = 0; k < n; ++k) out[j] += matrix[transposed ? k * n + j : j * n + k] * in[k];
}

/// k / (1 + k), k the mean free path times the norm of the slopes g.
HENRICI_INLINE Lanes knudsen(const Lanes *g, std::int64_t count, double tiny, const Lanes &path)
{
  Lanes square = tiny;
  for (std::int64_t k = 0; k < count; ++k) square += g[k] * g[k];
  const Lanes number = path * Lanes::root(square);
  return number / (1 + number);
}

}  // namespace

std::int64_t evaluate(const SymmetricClosure &of, const Seen &flow, double *h)
{
  const std::int64_t m = of.order, n = m - 2, alike = of.alike_count, unlike = of.unlike_count;
  const std::int64_t odds = std::count(of.parity, of.parity + n, -1.0), count = features(odds, n - odds), says = of.network.outputs;
  Workspace all(n + (m + 1) + 4 * n + odds + count + 1 + says + 2 * of.network.width + alike + unlike + 3 * n * n + 3 * n);
  Lanes *const b = all.take(n), *const g = all.take(m + 1), *const arrived = all.take(n), *const excess = all.take(RATES * n);
  Lanes *const x = all.take(odds), *const seen = all.take(count + 1), *const y = all.take(says);
  Lanes *const hidden = all.take(2 * of.network.width), *const terms = all.take(alike + unlike);
  Lanes *const c = all.take(n * n), *const q = all.take(n * n), *const s = all.take(n * n);
  Lanes *const spread = all.take(n), *const sum = all.take(n), *const local = all.take(n);
  const Lanes *const damping = y, *const shifting = damping + alike, *const even = shifting + RATES * unlike,
                    *const odd = even + unlike;
  double over_scale[MOST], over_limit[MOST];
  invert(of.scale, n, over_scale), invert(of.limit, n, over_limit);
  std::int64_t outside = 0;
  by_vectors(flow.cells, [&](std::int64_t first, std::int64_t known) HENRICI_LAMBDA {
    fetch(flow.b, n, flow.cells, first, b), fetch(flow.g, m + 1, flow.cells, first, g);
    fetch(flow.arrived, n, flow.cells, first, arrived), fetch(flow.excess, RATES * n, flow.cells, first, excess);
    reflect(n, of.parity, b, over_scale, of.small, x, seen);
    seen[count] = knudsen(g, m + 1, of.tiny, Lanes::load(flow.path + first));
    evaluate(of.network, seen, hidden, y);
    for (std::int64_t k = 0; k < says; ++k) y[k] *= seen[count - 1];
    const Lanes weight = domain(n, b, over_limit, known, outside);
    speeds(of, odds, x, even, odd, terms, s);
    std::fill_n(local, n, Lanes{});
    add_product(n, s, false, g + 3, local);
    for (std::int64_t k = 0; k < n; ++k) sum[k] = weight * local[k];
    matrix(n * n, alike, of.damping, of.change * weight, damping, of.alike, terms, c);
    std::fill_n(spread, n, Lanes{});
    add_product(n, c, true, arrived, spread);
    add_product(n, c, false, spread, sum);
    for (std::int64_t rate = 0; rate < RATES; ++rate) {
      matrix(n * n, unlike, of.shifting + rate * unlike, of.change * weight, shifting + rate * unlike, of.unlike, terms, q);
      add_product(n, q, false, excess + rate * n, sum);
    }
    for (std::int64_t k = 0; k < n; ++k) Lanes::store(h + k * flow.cells + first, sum[k]);
  });
  return outside;
}

}  // namespace henrici::kinetic
