// What closures of Hermite's moments are told in a batch of flows: `last` of kinetic/moments/flights.py.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "carried.h"
#include "frames.h"

namespace henrici::kinetic {

/// Numbers from the beginning of a line of the cache on: groups of them lie in one line each.
struct alignas(64) Line {
  double of[GROUP];
};

class Surroundings {
 public:
  Surroundings() = default;

  /// parity: [M + 1] of the moments in a reflection; c: coefficients of the flights.
  Surroundings(Carried carried, std::int64_t order, const double *parity, const double *c)
      : carried_(std::move(carried)), closing_{order, c}, parity_{parity[0], parity[1]}, flights_{-parity[order], -parity[order - 1]}
  {
    if (carried_.cells() > MOST_TOGETHER) return;
    for (std::int64_t b = 0; b < carried_.flows(); ++b) {
      around_.push_back(matrices(2, [&](std::int64_t k, const double *q, double *out) { carried_.exceed(b, 0, parity_[k], q, out); }));
      flown_.push_back(matrices(FLIGHTS, [&](std::int64_t k, const double *q, double *out) { one(b, k, q, out); }));
    }
  }

  /// What closures of the flow b begin with: sum_j l_j s_j and what g_(M+1) is where the gas around sees none. gas: [3, n] rho,
  /// u, theta; g: [M + 1, n] as it flies; scale: [n] rho theta^((M+1)/2); out: [n].
  void tell(std::int64_t b, const double *gas, const double *g, const double *scale, double *out) const
  {
    thread_local std::vector<double> kept;
    const std::int64_t n = carried_.cells(), length = carried_.length();
    double *const around = sized(kept, (9 + 2 * FLIGHTS) * length), *const excess = around + 3 * length;
    double *const moved = excess + 3 * length, *const back = moved + length;
    double *const flying = back + length, *const found = flying + FLIGHTS * length;
    gather(n, length, gas, around);
    look_around(b, around, excess);
    see(closing_, {n, length, around, excess, gas, g, scale}, {flying, moved, back});
    fly(b, flying, found);
    come_back(n, found, back, moved, out);
  }

 private:
  /// E of density, momentum and energy, [3, length].
  void look_around(std::int64_t b, const double *around, double *excess) const
  {
    const std::int64_t n = carried_.cells(), length = carried_.length();
    if (!around_.empty()) return three(n, length, around_[b].data()->of, around, excess);
    for (std::int64_t k = 0; k < 3; ++k) carried_.exceed(b, 0, parity_[k % 2], around + k * length, excess + k * length);
  }

  /// K of the first of `flying` and E of the others, [FLIGHTS, length]; their sum is the first of `found`.
  void fly(std::int64_t b, const double *flying, double *found) const
  {
    static_assert(FLIGHTS == 3);  // as many as `sum` is of
    const std::int64_t n = carried_.cells(), length = carried_.length();
    if (!flown_.empty()) return sum(n, length, flown_[b].data()->of, flying, found);
    for (std::int64_t k = 0; k < FLIGHTS; ++k) {
      one(b, k, flying + k * length, found + k * length);
      for (std::int64_t i = 0; i < n && k > 0; ++i) found[i] += found[k * length + i];
    }
  }

  void one(std::int64_t b, std::int64_t k, const double *q, double *out) const
  {
    if (k == 0) carried_.bring(b, flights_[0], q, out);
    else carried_.exceed(b, k - 1, flights_[1], q, out);
  }

  /// What work(k, q, out) makes of 1 in one cell: [n, count, whole(n)]
  template <typename Work> std::vector<Line> matrices(std::int64_t count, Work work) const
  {
    const std::int64_t n = carried_.cells(), row = whole(n);
    std::vector<double> q(row, 0), out(carried_.length(), 0);
    std::vector<Line> all(n * count * row / GROUP);
    double *to = all.data()->of;
    for (std::int64_t j = 0; j < n; ++j) {
      q[j] = 1;
      for (std::int64_t k = 0; k < count; ++k, to += row) {
        work(k, q.data(), out.data());
        std::copy_n(out.data(), row, to);
      }
      q[j] = 0;
    }
    return all;
  }

  Carried carried_;
  Closing closing_{};
  double parity_[2]{}, flights_[2]{};  // of density and momentum; of what K and E are taken of
  std::vector<std::vector<Line>> around_, flown_;  // of each flow, of few cells
};

}  // namespace henrici::kinetic
