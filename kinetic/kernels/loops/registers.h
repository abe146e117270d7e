// Numbers of several cells, in the registers of the processor that a library is for.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "lanes.h"

namespace henrici::kinetic {

#if defined(__AVX512F__)
using Register = kernels::Simd<double, 64>;
#elif defined(__AVX2__)
using Register = kernels::Simd<double, 32>;
#else
using Register = kernels::Simd<double, 16>;
#endif
constexpr std::int64_t LANES = Register::LANES;
constexpr std::int64_t GROUP = 8;  // cells that lie together on any processor: 1 to 4 registers

/// In so many registers. (A vector that is longer than one would stay in memory, and be worked on number by number.)
template <std::int64_t COUNT> struct Registers {
  Register::Lanes part[COUNT];

  Registers() = default;
  HENRICI_INLINE Registers(double all) : Registers(each([&](std::int64_t) HENRICI_LAMBDA { return all - Register::Lanes{}; })) {}

  /// make(k) is the register k.
  template <typename Make> static HENRICI_INLINE Registers each(Make make)
  {
    Registers out;
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < COUNT; ++k) out.part[k] = make(k);
    return out;
  }

  /// From any address on.
  static HENRICI_INLINE Registers load(const double *from)
  {
    return each([&](std::int64_t k) HENRICI_LAMBDA { return Register::load(from + k * LANES); });
  }

  static HENRICI_INLINE void store(double *to, const Registers &v)
  {
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < COUNT; ++k) Register::store(to + k * LANES, v.part[k]);
  }

  static HENRICI_INLINE void add(double *to, const Registers &v) { store(to, load(to) + v); }

  static HENRICI_INLINE Registers root(const Registers &v)
  {
    return each([&](std::int64_t k) HENRICI_LAMBDA { return Register::root(v.part[k]); });
  }

  /// As Register::exponential, for x <= 0.
  static HENRICI_INLINE Registers exponential(const Registers &x)
  {
    return each([&](std::int64_t k) HENRICI_LAMBDA { return Register::exponential(x.part[k]); });
  }

  HENRICI_INLINE double operator[](std::int64_t l) const { return part[l / LANES][l % LANES]; }

  friend HENRICI_INLINE Registers operator-(const Registers &v)
  {
    return each([&](std::int64_t k) HENRICI_LAMBDA { return -v.part[k]; });
  }

#define HENRICI_OPERATOR(op)                                                                                              \
  friend HENRICI_INLINE Registers operator op(const Registers &x, const Registers &y)                                     \
  {                                                                                                                       \
    return each([&](std::int64_t k) HENRICI_LAMBDA { return x.part[k] op y.part[k]; });                                   \
  }                                                                                                                       \
  HENRICI_INLINE Registers &operator op##=(const Registers &y) { return *this = *this op y; }
  HENRICI_OPERATOR(+)
  HENRICI_OPERATOR(-)
  HENRICI_OPERATOR(*)
  HENRICI_OPERATOR(/)
#undef HENRICI_OPERATOR
};

using Lanes = Registers<1>;
using Group = Registers<GROUP / LANES>;

HENRICI_INLINE double magnitude(double x) { return std::abs(x); }

template <std::int64_t COUNT> HENRICI_INLINE Registers<COUNT> magnitude(const Registers<COUNT> &v)
{
  return Registers<COUNT>::each([&](std::int64_t k) HENRICI_LAMBDA {
    Register::BitLanes bits;
    std::memcpy(&bits, &v.part[k], sizeof bits);
    bits &= INT64_MAX;
    Register::Lanes out;
    std::memcpy(&out, &bits, sizeof out);
    return out;
  });
}

}  // namespace henrici::kinetic
