// What flights bring to a batch of flows, from slopes g_3 .. g_M: kinetic/moments/flights.py.
#pragma once

#include <algorithm>
#include <vector>

#include "cells.h"
#include "excess.h"
#include "flights.h"
#include "tensors.h"

namespace henrici::kinetic {

class Carried {
 public:
  Carried() = default;

  /// free: [B, RATES, n] tau across each cell, times the rate; parity: [rows] of g_3 .. g_M in a reflection; c: coefficients of a sum
  /// of those g_k that behave as g_(M+1) does in a reflection, K where M - k is even, then E where it is odd, or nullptr.
  Carried(const at::Tensor &free, End left, End right, std::vector<double> parity, const double *c)
      : mesh_(free.size(-1), left, right), parity_(std::move(parity)), c_(c)
  {
    const std::int64_t flows = free.size(0);
    const at::Tensor all = numbers(free, flows * RATES * mesh_.n);
    const double *tau = all.const_data_ptr<double>();
    for (std::int64_t b = 0; b < flows; ++b) {
      dimmed_.push_back(dimmed(mesh_, tau));
      for (std::int64_t r = 0; r < RATES; ++r, tau += mesh_.n) sweeps_.push_back(sweep(mesh_.n, left, right, tau));
      if (c && mesh_.n <= MOST_TOGETHER) together_.push_back(matrices(b));
    }
  }

  /// K g_k [rows, n] and E g_k [RATES, rows, n] of the flow b. weight: [n] of slopes, over_weight: 1 / weight; g: [rows, n].
  void every(std::int64_t b, const double *weight, const double *over_weight, const double *g, double *arrived, double *excess) const
  {
    const Work work = this->work();
    const std::int64_t rows = parity_.size(), n = mesh_.n;
    const double one = 1;
    for (std::int64_t k = 0; k < rows; ++k) {
      weigh(n, k, k, &one, weight, g, work.cells);
      bring(b, parity_[k], work);
      unweigh(n, 1, work.found, over_weight, arrived + k * n);
      for (std::int64_t r = 0; r < RATES; ++r) {
        exceed(sweeps_[b * RATES + r], parity_[k], work.cells, work.found, work.rest);
        unweigh(n, 1, work.found, over_weight, excess + (r * rows + k) * n);
      }
    }
  }

  /// The sum. out: [n]
  void sum(std::int64_t b, const double *weight, const double *over_weight, const double *g, double *out) const
  {
    if (together_.empty()) add_up(b, weight, over_weight, g, out);
    else together(mesh_.n, parity_.size(), together_[b].data(), weight, over_weight, g, out);
  }

 private:
  void add_up(std::int64_t b, const double *weight, const double *over_weight, const double *g, double *out) const
  {
    const Work work = this->work();
    const std::int64_t rows = parity_.size(), alike = (rows + 1) / 2, others = rows / 2, n = mesh_.n, stride = whole(n);
    weigh(n, (rows - 1) % 2, rows - 1, c_, weight, g, work.cells);
    bring(b, parity_[rows - 1], work);
    for (std::int64_t r = 0; r < RATES && others > 0; ++r) {
      weigh(n, rows % 2, rows - 2, c_ + alike + r * others, weight, g, work.cells);
      exceed(sweeps_[b * RATES + r], parity_[rows - 2], work.cells, work.found + (r + 1) * stride, work.rest);
    }
    unweigh(n, others > 0 ? 1 + RATES : 1, work.found, over_weight, out);
  }

  /// What the sum is of 1 in one cell and row: [n, rows, whole(n)]
  std::vector<double> matrices(std::int64_t b) const
  {
    const std::int64_t n = mesh_.n, rows = parity_.size();
    const std::vector<double> one(n, 1);
    std::vector<double> all, g(rows * n, 0), out(whole(n), 0);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t k = 0; k < rows; ++k) {
        g[k * n + j] = 1;
        add_up(b, one.data(), one.data(), g.data(), out.data());
        all.insert(all.end(), out.begin(), out.end());
        g[k * n + j] = 0;
      }
    return all;
  }

  /// Numbers that a thread works on. cells: [whole(n)], found: [RATES + 1, whole(n)] and a block more; x, y: [slots]
  struct Work {
    double *cells, *found, *x, *y, *rest;
  };

  Work work() const
  {
    thread_local std::vector<double> kept;
    const std::int64_t n = whole(mesh_.n), found = (RATES + 1) * n + BLOCK_CELLS, slots = mesh_.slots();
    double *const cells = sized(kept, n + found + 2 * slots + std::max(room(mesh_), 3 * n)), *const x = cells + n + found;
    return {cells, cells + n, x, x + slots, x + 2 * slots};
  }

  /// found = K cells
  void bring(std::int64_t b, double parity, const Work &work) const
  {
    sort(mesh_, work.cells, work.x);
    fly(mesh_, dimmed_[b], parity, work.x, work.y, work.rest);
    unsort(mesh_, work.y, work.found);
  }

  Mesh mesh_{0, End::outflow, End::outflow};
  std::vector<double> parity_;
  const double *c_ = nullptr;
  std::vector<Dimmed> dimmed_;  // of each flow
  std::vector<Sweep> sweeps_;   // of each flow and of each of the RATES
  std::vector<std::vector<double>> together_;  // of each flow, of few cells
};

}  // namespace henrici::kinetic
