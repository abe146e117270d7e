// Numbers of as many cells as are worked on together, in as many registers as the processor needs for them.
#pragma once

#include <cstdint>
#include <cstring>

#include "lanes.h"

namespace henrici::kinetic {

#if defined(__AVX512F__)
constexpr int REGISTER = 64;  // bytes
#elif defined(__AVX2__)
constexpr int REGISTER = 32;
#else
constexpr int REGISTER = 16;
#endif
using Part = kernels::Simd<double, REGISTER>;
constexpr std::int64_t LANES = 8, PARTS = LANES / Part::LANES;

/// LANES numbers. (One vector of them would stay in memory, and be worked on number by number, where it is longer than a register.)
struct Lanes {
  Part::Lanes part[PARTS];

  Lanes() = default;
  HENRICI_INLINE Lanes(double all) : Lanes(by_parts([&](std::int64_t) HENRICI_LAMBDA { return all - Part::Lanes{}; })) {}

  /// make(k) is a part.
  template <typename Make> static HENRICI_INLINE Lanes by_parts(Make make)
  {
    Lanes out;
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < PARTS; ++k) out.part[k] = make(k);
    return out;
  }

  HENRICI_INLINE double operator[](std::int64_t l) const { return part[l / Part::LANES][l % Part::LANES]; }
};

#define HENRICI_OPERATOR(op)                                                                                              \
  HENRICI_INLINE Lanes operator op(const Lanes &x, const Lanes &y)                                                        \
  {                                                                                                                       \
    return Lanes::by_parts([&](std::int64_t k) HENRICI_LAMBDA { return x.part[k] op y.part[k]; });                        \
  }                                                                                                                       \
  HENRICI_INLINE Lanes &operator op##=(Lanes &x, const Lanes &y) { return x = x op y; }
HENRICI_OPERATOR(+)
HENRICI_OPERATOR(-)
HENRICI_OPERATOR(*)
HENRICI_OPERATOR(/)
#undef HENRICI_OPERATOR

/// What `Part` does, of all parts.
struct Simd {
  template <typename Work> static HENRICI_INLINE Lanes each(const Lanes &v, Work work)
  {
    return Lanes::by_parts([&](std::int64_t k) HENRICI_LAMBDA { return work(v.part[k]); });
  }

  static HENRICI_INLINE Lanes load(const double *from)
  {
    return Lanes::by_parts([&](std::int64_t k) HENRICI_LAMBDA { return Part::load(from + k * Part::LANES); });
  }

  static HENRICI_INLINE void store(double *to, const Lanes &v)
  {
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < PARTS; ++k) Part::store(to + k * Part::LANES, v.part[k]);
  }

  static HENRICI_INLINE void add(double *to, const Lanes &v) { store(to, load(to) + v); }
  static HENRICI_INLINE Lanes root(const Lanes &v)
  {
    return each(v, [](const Part::Lanes &x) HENRICI_LAMBDA { return Part::root(x); });
  }
  static HENRICI_INLINE Lanes exponential(const Lanes &v)
  {
    return each(v, [](const Part::Lanes &x) HENRICI_LAMBDA { return Part::exponential(x); });
  }
};

HENRICI_INLINE Lanes operator-(const Lanes &v)
{
  return Simd::each(v, [](const Part::Lanes &x) HENRICI_LAMBDA { return -x; });
}

}  // namespace henrici::kinetic
