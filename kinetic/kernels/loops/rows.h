// Cells that loops work on at a time, where each of them is left to the compiler: a number of each cell is a row.
#pragma once

#include <cstdint>
#include <cstring>

#include "versions.h"

namespace henrici::kinetic {

constexpr std::int64_t CELLS = 24;  // that are worked on at a time; loops always take all of them: 3 of the widest vectors
using Row = double[CELLS];

/// Calls work(i) for each of the cells.
template <typename Work> HENRICI_INLINE void each(Work work)
{
  for (std::int64_t i = 0; i < CELLS; ++i) work(i);
}

/// e^x for x <= 709, to rounding; 0 for x < -708. It is 2^n e^t, |t| <= log(2) / 2: the polynomial of degree 10 that is closest.
HENRICI_INLINE double exponential(double x)
{
  constexpr double LOG2_E = 1.4426950408889634, HIGH = 0x1.62e42feep-1, LOW = 0x1.a39ef35793c76p-33;  // log 2
  constexpr double SHIFT = 0x1.8p52;  // added to n, it leaves n in the last bits
  constexpr double CLOSEST[] = {2.74884324252217317e-7, 2.76397846140087575e-6, 2.48019178121747088e-5, 1.98411713452207247e-4,
                                1.38888884989127571e-3, 8.33333338469624109e-3, 4.16666666684273863e-2, 0.166666666665576552,
                                0.499999999999972844,   1.00000000000000645,    1.0};
  const double shifted = x * LOG2_E + SHIFT, n = shifted - SHIFT;
  const double t = (x - n * HIGH) - n * LOW;
  double series = CLOSEST[0];
  for (int k = 1; k < 11; ++k) series = series * t + CLOSEST[k];
  std::uint64_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return x < -708 ? 0 : series * power;
}

}  // namespace henrici::kinetic
