// Arithmetic on as many numbers at once as a vector register of the processor holds.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "versions.h"

namespace henrici::kernels {

/// While it lives, numbers too small for their format are 0 on this thread: x86 takes a hundred cycles for each.
class FlushToZero {
#ifdef __SSE2__
 public:
  FlushToZero() { _mm_setcsr(before | 0x8040); }
  ~FlushToZero() { _mm_setcsr(before); }
  FlushToZero(const FlushToZero &) = delete;
  FlushToZero &operator=(const FlushToZero &) = delete;

 private:
  const unsigned before = _mm_getcsr();
#endif
};

/// What the exponential needs to know of a format.
template <typename Real> struct Format;
template <> struct Format<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa = 23, bias = 127, degree = 7;
  static constexpr float least = -87, high = 0x1.62e4p-1f, low = 0x1.7f7d1cp-20f;  // high + low = log 2
};
template <> struct Format<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa = 52, bias = 1023, degree = 13;
  static constexpr double least = -708, high = 0x1.62e42feep-1, low = 0x1.a39ef35793c76p-33;
};

constexpr double INVERSE_FACTORIAL[] = {1.0,           1.0,            1.0 / 2,         1.0 / 6,         1.0 / 24,
                                        1.0 / 120,     1.0 / 720,      1.0 / 5040,      1.0 / 40320,     1.0 / 362880,
                                        1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};

/// BYTES: of a register.
template <typename Number, int BYTES> struct Simd {
  using Real = Number;
  using Bits = typename Format<Real>::Bits;
  using Lanes [[gnu::vector_size(BYTES)]] = Real;
  using BitLanes [[gnu::vector_size(BYTES)]] = Bits;
  static constexpr int LANES = BYTES / sizeof(Real);

  /// In memory, aligned: containers do not take the vectors themselves.
  struct alignas(BYTES) Stored {
    Real lane[LANES];

    HENRICI_INLINE Lanes lanes() const { return load(lane); }
    HENRICI_INLINE Stored &operator=(const Lanes &v)
    {
      store(lane, v);
      return *this;
    }
    HENRICI_INLINE Stored &operator+=(const Lanes &v) { return *this = lanes() + v; }
  };

  /// From any address on.
  static HENRICI_INLINE Lanes load(const Real *from)
  {
    Lanes v;
    std::memcpy(&v, from, sizeof v);
    return v;
  }
  static HENRICI_INLINE void store(Real *to, const Lanes &v) { std::memcpy(to, &v, sizeof v); }
  static HENRICI_INLINE void add(Real *to, const Lanes &v) { store(to, load(to) + v); }

  /// Of all lanes, one half of them and the other.
  static HENRICI_INLINE Real sum(const Lanes &v)
  {
    if constexpr (LANES == 2) {
      return v[0] + v[1];
    } else {
      using Half = Simd<Real, BYTES / 2>;
      typename Half::Lanes one, other;
      std::memcpy(&one, &v, sizeof one);
      std::memcpy(&other, reinterpret_cast<const char *>(&v) + sizeof one, sizeof other);
      return Half::sum(one + other);
    }
  }

  static HENRICI_INLINE Lanes root(const Lanes &v)
  {
    Lanes out;
    for (int l = 0; l < LANES; ++l) out[l] = std::sqrt(v[l]);
    return out;
  }

  /// v^exponent, one by one.
  static HENRICI_INLINE Lanes raised(const Lanes &v, double exponent)
  {
    Lanes out;
    for (int l = 0; l < LANES; ++l) out[l] = std::pow(v[l], static_cast<Real>(exponent));
    return out;
  }

  /// e^x for x <= 0, to rounding; e^least for what is smaller; NaN for NaN. It is 2^n e^t, |t| <= log(2) / 2: a series.
  static HENRICI_INLINE Lanes exponential(const Lanes &x)
  {
    using F = Format<Real>;
    constexpr Real LOG2_E = 1.4426950408889634;
    constexpr Real SHIFT = Real(3ull << (F::mantissa - 1));  // added to n, it leaves n in the last bits
    const Lanes bounded = x < F::least ? Lanes{} + F::least : x;
    const Lanes shifted = bounded * LOG2_E + SHIFT, n = shifted - SHIFT;
    const Lanes t = (bounded - n * F::high) - n * F::low;
    Lanes series = Lanes{} + Real(INVERSE_FACTORIAL[F::degree]);
    for (int k = F::degree - 1; k >= 0; --k) series = series * t + Real(INVERSE_FACTORIAL[k]);
    BitLanes bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + F::bias) << F::mantissa;
    Lanes power;
    std::memcpy(&power, &bits, sizeof power);
    return series * power;
  }
};

}  // namespace henrici::kernels
