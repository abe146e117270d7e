// Cells that are worked on together.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "registers.h"

namespace henrici::kinetic {

/// A multiple of GROUP: loops of such a length leave no rest for slow code.
HENRICI_INLINE std::int64_t whole(std::int64_t n) { return (n + GROUP - 1) / GROUP * GROUP; }

/// Calls work(first, known) for n >= LANES cells, as many as a vector holds at a time. The last ones begin earlier than those before them
/// end, and `known` of them are worked on once more.
template <typename Work> HENRICI_INLINE void by_vectors(std::int64_t n, Work work)
{
  for (std::int64_t i = 0; i < n; i += LANES) {
    const std::int64_t first = std::min(i, n - LANES);
    work(first, i - first);
  }
}

/// Numbers that a thread works on, from the beginning of a line of the cache on. All in one, since flows are small: what a step works
/// on stays in the cache.
inline double *sized(std::vector<double> &of, std::int64_t count)
{
  constexpr std::uintptr_t LINE = 64;
  if (static_cast<std::int64_t>(of.size()) < count + 8) of.resize(count + 8);
  return reinterpret_cast<double *>((reinterpret_cast<std::uintptr_t>(of.data()) + LINE - 1) / LINE * LINE);
}

/// The larger of both, to rounding; NaN where one of them is.
HENRICI_INLINE Lanes larger(const Lanes &x, const Lanes &y) { return 0.5 * (x + y + magnitude(x - y)); }

/// Whether all are > 0; not where one is no number.
HENRICI_INLINE bool is_positive(const Lanes &x)
{
  double all[LANES];
  Lanes::store(all, x);
  int not_one = 0;
  for (int l = 0; l < LANES; ++l) not_one += all[l] > 0 ? 0 : 1;
  return not_one == 0;
}

/// Whether there is a number < 0 among both.
HENRICI_INLINE bool is_negative(const Lanes &x, const Lanes &y)
{
  std::int64_t one[LANES], other[LANES], all = 0;
  std::memcpy(one, &x, sizeof one);
  std::memcpy(other, &y, sizeof other);
  for (int l = 0; l < LANES; ++l) all |= one[l] | other[l];
  return all < 0;
}

}  // namespace henrici::kinetic
