// What flights bring to a batch of flows, from slopes g_3 .. g_M: kinetic/moments/flights.py.
#pragma once

#include <algorithm>
#include <vector>

#include "flights.h"
#include "tensors.h"

namespace henrici::kinetic {

class Carried {
 public:
  Carried() = default;

  /// free: [B, RATES, n] tau across each cell, times the rate; parity: [rows] of g_3 .. g_M in a reflection.
  Carried(const at::Tensor &free, End left, End right, std::vector<double> parity)
      : mesh_(free.size(-1), left, right), parity_(std::move(parity))
  {
    const std::int64_t flows = free.size(0);
    const at::Tensor all = numbers(free, flows * RATES * mesh_.n);
    for (std::int64_t b = 0; b < flows; ++b) dimmed_.push_back(dimmed(mesh_, all.const_data_ptr<double>() + b * RATES * mesh_.n));
  }

  /// K g_k and E g_k of the flow b, both [RATES, rows, n]. weight: [n] of slopes, over_weight: 1 / weight; g: [rows, n].
  void every(std::int64_t b, const double *weight, const double *over_weight, const double *g, double *arrived, double *excess) const
  {
    const Work work = this->work();
    const std::int64_t rows = parity_.size(), n = mesh_.n, stride = whole(n), slots = mesh_.slots();
    const double one = 1;
    for (std::int64_t k = 0; k < rows; ++k) {
      for (std::int64_t r = 0; r < RATES; ++r) {
        weigh(n, 0, &one, weight, g + k * n, work.cells + r * stride);
        sort(mesh_, work.cells + r * stride, work.x + r * slots);
      }
      exceed(mesh_, dimmed_[b], parity_[k], work.cells, work.found, work.rest);
      for (std::int64_t r = 0; r < RATES; ++r) unweigh(n, 1, work.found + r * stride, over_weight, excess + (r * rows + k) * n);
      std::fill_n(work.y, RATES * slots, 0.0);
      fly(mesh_, dimmed_[b], parity_[k], work.x, work.y, work.rest);
      for (std::int64_t r = 0; r < RATES; ++r) {
        unsort(mesh_, 1, work.y + r * slots, work.found);
        unweigh(n, 1, work.found, over_weight, arrived + (r * rows + k) * n);
      }
    }
  }

  /// The sum of c K g_k where M - k is even and of c E g_k where it is odd. c: [RATES, rows], out: [n]. In a reflection all of them behave
  /// as g_(M+1) does.
  void sum(std::int64_t b, const double *c, const double *weight, const double *over_weight, const double *g, double *out) const
  {
    const Work work = this->work();
    const std::int64_t last = parity_.size() - 1, n = mesh_.n, stride = whole(n), slots = mesh_.slots();
    for (std::int64_t r = 0; r < RATES; ++r) {
      weigh(n, last, c + r * (last + 1), weight, g, work.cells);
      sort(mesh_, work.cells, work.x + r * slots);
    }
    std::fill_n(work.y, RATES * slots, 0.0);
    fly(mesh_, dimmed_[b], parity_[last], work.x, work.y, work.rest);
    unsort(mesh_, RATES, work.y, work.found);
    if (last > 0) {
      for (std::int64_t r = 0; r < RATES; ++r) weigh(n, last - 1, c + r * (last + 1), weight, g, work.cells + r * stride);
      exceed(mesh_, dimmed_[b], parity_[last - 1], work.cells, work.found + stride, work.rest);
    }
    unweigh(n, last > 0 ? 1 + RATES : 1, work.found, over_weight, out);
  }

 private:
  /// Numbers that a thread works on. cells: [RATES, whole(n)], found: [RATES + 1, whole(n)] and a block more; x, y: [RATES, slots]
  struct Work {
    double *cells, *found, *x, *y, *rest;
  };

  Work work() const
  {
    thread_local std::vector<double> kept;
    const std::int64_t n = whole(mesh_.n), cells = RATES * n, found = cells + n + BLOCK_CELLS, all = RATES * mesh_.slots();
    double *const first = sized(kept, cells + found + 2 * all + std::max(room(mesh_), 3 * n)), *const x = first + cells + found;
    return {first, first + cells, x, x + all, x + 2 * all};
  }

  Mesh mesh_{0, End::outflow, End::outflow};
  std::vector<double> parity_;
  std::vector<Dimmed> dimmed_;  // of each flow
};

}  // namespace henrici::kinetic
