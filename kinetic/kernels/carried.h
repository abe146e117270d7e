// What comes from elsewhere in a batch of flows: K and E of kinetic/moments/flights.py.
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

  /// free: [B, RATES, n] tau across each cell, times the rate.
  Carried(const at::Tensor &free, End left, End right) : mesh_(free.size(-1), left, right)
  {
    const std::int64_t flows = free.size(0);
    const at::Tensor all = numbers(free, flows * RATES * mesh_.n);
    const double *tau = all.const_data_ptr<double>();
    for (std::int64_t b = 0; b < flows; ++b) {
      dimmed_.push_back(dimmed(mesh_, tau));
      for (std::int64_t r = 0; r < RATES; ++r, tau += mesh_.n) sweeps_.push_back(sweep(mesh_.n, left, right, tau));
    }
  }

  std::int64_t flows() const { return dimmed_.size(); }
  std::int64_t cells() const { return mesh_.n; }

  /// How many numbers there must be room for where K q and E q are.
  std::int64_t length() const { return whole(mesh_.n) + BLOCK_CELLS; }

  /// out = K q of the flow b. parity: of q in a reflection; q: [n]
  void bring(std::int64_t b, double parity, const double *q, double *out) const
  {
    thread_local std::vector<double> kept;
    const std::int64_t slots = mesh_.slots();
    double *const x = sized(kept, 2 * slots + room(mesh_)), *const y = x + slots;
    sort(mesh_, q, x);
    fly(mesh_, dimmed_[b], parity, x, y, y + slots);
    unsort(mesh_, y, out);
  }

  /// out = E q with one of the rates. q: [whole(n)], finite beyond n
  void exceed(std::int64_t b, std::int64_t rate, double parity, const double *q, double *out) const
  {
    thread_local std::vector<double> kept;
    kinetic::exceed(sweeps_[b * RATES + rate], parity, q, out, sized(kept, 3 * whole(mesh_.n)));
  }

  /// K q [rows, n] and E q [RATES, rows, n]. parity: [rows]; q: [rows, n]
  void every(std::int64_t b, const std::vector<double> &parity, const double *q, double *arrived, double *excess) const
  {
    thread_local std::vector<double> kept;
    const std::int64_t rows = parity.size(), n = mesh_.n;
    double *const from = sized(kept, 2 * length()), *const found = from + length();
    std::fill(from + n, from + length(), 0.0);
    for (std::int64_t k = 0; k < rows; ++k) {
      std::copy_n(q + k * n, n, from);
      bring(b, parity[k], from, found);
      std::copy_n(found, n, arrived + k * n);
      for (std::int64_t r = 0; r < RATES; ++r) {
        exceed(b, r, parity[k], from, found);
        std::copy_n(found, n, excess + (r * rows + k) * n);
      }
    }
  }

 private:
  Mesh mesh_{0, End::outflow, End::outflow};
  std::vector<Dimmed> dimmed_;  // of each flow
  std::vector<Sweep> sweeps_;   // of each flow and of each of the RATES
};

}  // namespace henrici::kinetic
