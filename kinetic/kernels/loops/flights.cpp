#include "flights.h"

#include "vectors.h"

namespace henrici::kinetic {
namespace {

constexpr std::int64_t WIDEST = 7;  // vectors of sums that stay in registers, whatever the processor

HENRICI_INLINE const double *row(const Lines &m, std::int64_t k)
{
  if (m.begin < 0) return m.first + k * m.length;
  const std::int64_t at = m.begin - k, by = at & (LANES - 1);
  return m.first + by * m.length + (at - by);
}

/// out += g m of n rows, in `COUNT` vectors of cells.
template <int COUNT> HENRICI_INLINE void add(std::int64_t n, const double *g, const Lines &m, std::int64_t first, double *out)
{
  Lanes sum[COUNT];
  for (int w = 0; w < COUNT; ++w) sum[w] = Simd::load(out + w * LANES);
  for (std::int64_t k = 0; k < n; ++k) {
    const double *const from = row(m, k) + first;
    for (int w = 0; w < COUNT; ++w) sum[w] += g[k] * Simd::load(from + w * LANES);
  }
  for (int w = 0; w < COUNT; ++w) Simd::store(out + w * LANES, sum[w]);
}

HENRICI_INLINE void add(std::int64_t vectors, std::int64_t n, const double *g, const Lines &m, std::int64_t first, double *out)
{
  switch (vectors) {
    case 1: return add<1>(n, g, m, first, out);
    case 2: return add<2>(n, g, m, first, out);
    case 3: return add<3>(n, g, m, first, out);
    case 4: return add<4>(n, g, m, first, out);
    case 5: return add<5>(n, g, m, first, out);
    case 6: return add<6>(n, g, m, first, out);
    default: return add<WIDEST>(n, g, m, first, out);
  }
}

/// Calls work(kinds) with a number that the compiler knows.
template <typename Work> HENRICI_INLINE void with_kinds(std::int64_t kinds, Work work) { kinds == 2 ? work(2) : work(1); }

}  // namespace

HENRICI_VERSIONS void fly(const Flight *flights, std::int64_t count, std::int64_t n)
{
  for (std::int64_t first = 0, vectors = whole(n) / LANES; vectors > 0; first += WIDEST * LANES, vectors -= WIDEST)
    for (std::int64_t k = 0; k < count; ++k)  // of which some may have the same m, in the cache by now
      add(vectors, n, flights[k].g, flights[k].m, first, flights[k].out + first);
}

HENRICI_VERSIONS void sort(std::int64_t rows, std::int64_t n, std::int64_t kinds, const double *weight, const double *g, double *to)
{
  with_kinds(kinds, [&](std::int64_t known) HENRICI_LAMBDA {
    for (std::int64_t k = 0; k < rows; ++k, g += n)
      for (std::int64_t p = 0; p < known; ++p, to += n / known)
        for (std::int64_t i = 0; i < n / known; ++i) to[i] = weight[i * known + p] * g[i * known + p];
  });
}

HENRICI_VERSIONS void unsort(std::int64_t rows, std::int64_t n, std::int64_t kinds, const double *weight, const double *from,
                             std::int64_t width, double *out)
{
  with_kinds(kinds, [&](std::int64_t known) HENRICI_LAMBDA {
    for (std::int64_t k = 0; k < rows; ++k, out += n, from += known * width)
      for (std::int64_t i = 0; i < n / known; ++i)
        for (std::int64_t p = 0; p < known; ++p) out[i * known + p] = from[p * width + i] / weight[i * known + p];
  });
}

}  // namespace henrici::kinetic
