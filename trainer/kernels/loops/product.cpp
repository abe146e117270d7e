#include "product.h"

#include <algorithm>
#include <type_traits>

#include "lanes.h"

namespace henrici::kernels {
namespace {

constexpr int PANEL = 3;             // registers that a row of a panel takes; fewer in the last panel
constexpr std::int64_t TERMS = 256;  // of a sum at a time: their part of a panel and of A stays in the caches

/// work(first column, its number of registers as a constant), panel by panel
template <typename S, typename Work> HENRICI_INLINE void over_panels(std::int64_t n, Work work)
{
  const auto left = [&](std::int64_t j) HENRICI_LAMBDA { return (n - j + S::LANES - 1) / S::LANES; };
  std::int64_t j = 0;
  for (; left(j) >= PANEL; j += PANEL * S::LANES) work(j, std::integral_constant<int, 3>());
  if (left(j) == 2) work(j, std::integral_constant<int, 2>());
  if (left(j) == 1) work(j, std::integral_constant<int, 1>());
}

/// LANES x LANES numbers: halves, quarters, ... of pairs of rows change places.
template <typename S>
HENRICI_INLINE void transpose(const typename S::Real *from, std::int64_t row, typename S::Real *to, std::int64_t width)
{
  typename S::Lanes v[S::LANES];
  for (int i = 0; i < S::LANES; ++i) v[i] = S::load(from + i * row);
#pragma GCC unroll 4
  for (int step = 1; step < S::LANES; step *= 2) {
    typename S::BitLanes low, high;  // of the two rows one after the other
#pragma GCC unroll 16
    for (int l = 0; l < S::LANES; ++l) {
      low[l] = l & step ? S::LANES + l - step : l;
      high[l] = l & step ? S::LANES + l : l + step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < S::LANES; ++i) {
      if (i & step) continue;
      const auto one = v[i], other = v[i + step];
      v[i] = __builtin_shuffle(one, other, low);
      v[i + step] = __builtin_shuffle(one, other, high);
    }
  }
  for (int i = 0; i < S::LANES; ++i) S::store(to + i * width, v[i]);
}

/// Into `width` columns of a panel, by whole registers where rows or columns of B are together in memory.
template <typename S>
HENRICI_INLINE void lay_out_panel(std::int64_t k, std::int64_t width, std::int64_t columns, const Elements<typename S::Real> &B,
                                  typename S::Real *panel)
{
  std::int64_t done = 0;
  if (columns == width && B.column == 1)
    for (; done < k; ++done)
      for (std::int64_t x = 0; x < width; x += S::LANES) S::store(panel + done * width + x, S::load(B.at + done * B.row + x));
  if (columns == width && B.row == 1)
    for (; done + S::LANES <= k; done += S::LANES)
      for (std::int64_t x = 0; x < width; x += S::LANES)
        transpose<S>(B.at + done + x * B.column, B.column, panel + done * width + x, width);
  for (std::int64_t p = done; p < k; ++p)
    for (std::int64_t x = 0; x < width; ++x)
      panel[p * width + x] = x < columns ? B.at[p * B.row + x * B.column] : typename S::Real(0);
}

template <typename S>
HENRICI_INLINE void lay_out_all(std::int64_t k, std::int64_t n, const Elements<typename S::Real> &B, const typename S::Real *b,
                                typename S::Real *panels)
{
  over_panels<S>(n, [&](std::int64_t j, auto registers) HENRICI_LAMBDA {
    const std::int64_t width = registers * S::LANES, columns = std::min(width, n - j);
    for (std::int64_t x = 0; x < width; ++x) panels[x] = b && x < columns ? b[j + x] : typename S::Real(0);
    lay_out_panel<S>(k, width, columns, {B.at + j * B.column, B.row, B.column}, panels + width);
    panels += (k + 1) * width;
  });
}

/// c += A B for ROWS rows and one panel's columns, or fewer; `c` holds what is there, or `start` does.
template <typename S, int ROWS, int REGISTERS>
HENRICI_INLINE void tile(std::int64_t rows, std::int64_t k, std::int64_t columns, const Elements<typename S::Real> &A,
                         const typename S::Real *panel, const typename S::Real *start, typename S::Real *c, std::int64_t stride)
{
  using Real = typename S::Real;
  constexpr int WIDTH = REGISTERS * S::LANES;
  const Real *row[ROWS];
  for (int i = 0; i < ROWS; ++i) row[i] = A.at + std::min<std::int64_t>(i, rows - 1) * A.row;  // spare ones repeat the last
  typename S::Lanes sum[ROWS][REGISTERS];
  for (int i = 0; i < ROWS; ++i)
    for (int v = 0; v < REGISTERS; ++v) sum[i][v] = typename S::Lanes{};
  for (std::int64_t p = 0; p < k; ++p, panel += WIDTH)
    for (int i = 0; i < ROWS; ++i) {
      const Real factor = row[i][p * A.column];
      for (int v = 0; v < REGISTERS; ++v) sum[i][v] += factor * S::load(panel + v * S::LANES);
    }
  Real added[ROWS][WIDTH];
  for (int i = 0; i < ROWS; ++i)
    for (int v = 0; v < REGISTERS; ++v) S::store(&added[i][v * S::LANES], sum[i][v]);
  for (std::int64_t i = 0; i < rows; ++i, c += stride) {
    const Real *const before = start ? start : c;
    if (columns == WIDTH)
      for (int x = 0; x < WIDTH; x += S::LANES) S::store(c + x, S::load(before + x) + S::load(&added[i][x]));
    else
      for (std::int64_t x = 0; x < columns; ++x) c[x] = before[x] + added[i][x];
  }
}

template <typename S, int ROWS>
HENRICI_INLINE void multiply_all(std::int64_t m, std::int64_t k, std::int64_t n, const Elements<typename S::Real> &A,
                                 const typename S::Real *panels, typename S::Real *c, std::int64_t stride)
{
  for (std::int64_t first = 0; first == 0 || first < k; first += TERMS) {
    const std::int64_t terms = std::min(TERMS, k - first);
    const auto *panel = panels;
    over_panels<S>(n, [&](std::int64_t j, auto registers) HENRICI_LAMBDA {
      constexpr int REGISTERS = decltype(registers)::value, WIDTH = REGISTERS * S::LANES;
      const std::int64_t columns = std::min<std::int64_t>(WIDTH, n - j);
      for (std::int64_t i = 0; i < m; i += ROWS)
        tile<S, ROWS, REGISTERS>(std::min<std::int64_t>(ROWS, m - i), terms, columns,
                                 {A.at + i * A.row + first * A.column, A.row, A.column}, panel + (1 + first) * WIDTH,
                                 first == 0 ? panel : nullptr, c + i * stride + j, stride);
      panel += (k + 1) * WIDTH;
    });
  }
}

}  // namespace

// Vectors as wide as the registers of a kind of processor, and as many rows as there are registers for.
#define HENRICI_VERSION(TARGET, BYTES, Real)                                                                              \
  TARGET void lay_out(std::int64_t k, std::int64_t n, const Elements<Real> &B, const Real *b, Real *panels)               \
  {                                                                                                                       \
    lay_out_all<Simd<Real, BYTES>>(k, n, B, b, panels);                                                                   \
  }                                                                                                                       \
  TARGET void multiply(std::int64_t m, std::int64_t k, std::int64_t n, const Elements<Real> &A, const Real *panels,       \
                       Real *c, std::int64_t stride)                                                                      \
  {                                                                                                                       \
    multiply_all<Simd<Real, BYTES>, (BYTES == 64 ? 8 : 4)>(m, k, n, A, panels, c, stride);                                \
  }

namespace versions {
HENRICI_EACH(HENRICI_VERSION)
}  // namespace versions

// To the outside, one function for all processors.
#define HENRICI_KERNELS(Real)                                                                                             \
  void lay_out(std::int64_t k, std::int64_t n, const Elements<Real> &B, const Real *b, Real *panels)                      \
  {                                                                                                                       \
    versions::lay_out(k, n, B, b, panels);                                                                                \
  }                                                                                                                       \
  void multiply(std::int64_t m, std::int64_t k, std::int64_t n, const Elements<Real> &A, const Real *panels, Real *c,     \
                std::int64_t stride)                                                                                      \
  {                                                                                                                       \
    versions::multiply(m, k, n, A, panels, c, stride);                                                                    \
  }

HENRICI_KERNELS(float)
HENRICI_KERNELS(double)

}  // namespace henrici::kernels
