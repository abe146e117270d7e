// What flights bring to a batch of flows, from slopes g_3 .. g_M: kinetic/moments/flights.py.
#pragma once

#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "flights.h"
#include "march.h"
#include "moments.h"
#include "tensors.h"
#include "weno.h"

namespace henrici::kinetic {

/// For each moment there is a matrix [B, n, RATES n] or, where each row is the one before it, moved by a cell, the first one twice:
/// [B, RATES, 2 n]. Every second element of such a row is 0 where n is even: slopes in cells of one kind, even or odd, come to cells
/// of one kind alone, and each kind is taken by itself.
class Carried {
 public:
  Carried() = default;

  /// weights: [RATES, moments] of a sum of all flights, or nullptr where each of them is wanted.
  Carried(const std::vector<at::Tensor> &matrices, std::int64_t n, const double *weights)
      : n_(n), moments_(matrices.size()), weights_(weights), circulant_(!matrices.empty() && matrices[0].size(1) == RATES)
  {
    const auto halved = [&](const at::Tensor &m) { return circulant_ && n % 2 == 0 && (is_zero(m, 0) || is_zero(m, 1)); };
    kinds_ = std::all_of(matrices.begin(), matrices.end(), halved) ? 2 : 1;
    for (std::int64_t k = 0; k < moments_; ++k)
      for (std::int64_t r = 0; r < (weights ? 1 : RATES); ++r) add(matrices[k], k, r);
  }

  /// Rows of n numbers that it makes: one sum, or [RATES, moments].
  std::int64_t rows() const { return moments_ == 0 ? 0 : weights_ ? 1 : RATES * moments_; }

  /// weight: [n] of slopes; g: [moments, n] of the flow b; out: [rows, n].
  void bring(std::int64_t b, const double *weight, const double *g, double *out) const
  {
    thread_local std::vector<double> kept;
    const std::int64_t cells = n_ / kinds_, width = circulant_ ? whole(cells) : n_;
    double *const from = sized(kept, kinds_ * (moments_ * cells + rows() * width)), *const to = from + kinds_ * moments_ * cells;
    Flight flights[2 * RATES * MOST];
    std::int64_t count = 0;
    for (const auto &flown : flown_)
      for (std::int64_t p = 0; p < kinds_; ++p) {
        const std::int64_t q = (p + flown.other) % kinds_;
        const double *const m = flown.m + b * flow_ + (q > p ? 1 : 0);
        flights[count++] = {from + (flown.moment * kinds_ + p) * cells, m, to + (flown.row * kinds_ + q) * width};
      }
    for (std::int64_t k = 0; k < moments_; ++k)
      for (std::int64_t p = 0; p < kinds_; ++p)
        for (std::int64_t i = 0; i < cells; ++i) from[(k * kinds_ + p) * cells + i] = weight[i * kinds_ + p] * g[k * n_ + i * kinds_ + p];
    std::fill_n(to, rows() * kinds_ * width, 0.0);
    fly(flights, count, cells, width, line_);
    for (std::int64_t k = 0; k < rows(); ++k)
      for (std::int64_t p = 0; p < kinds_; ++p)
        for (std::int64_t i = 0; i < cells; ++i) out[k * n_ + i * kinds_ + p] = to[(k * kinds_ + p) * width + i] / weight[i * kinds_ + p];
  }

 private:
  struct Flown {
    std::int64_t moment, row;
    bool other;       // whether slopes come to cells of the other kind
    const double *m;  // row 0 of the first flow
  };

  /// Whether the elements number 0, 2, 4, ... or 1, 3, 5, ... of the rows of a circulant matrix are 0.
  bool is_zero(const at::Tensor &m, std::int64_t first) const
  {
    const at::Tensor all = m.contiguous();
    const double *const at = all.const_data_ptr<double>();
    for (std::int64_t d = first; d < all.numel(); d += 2)
      if (at[d] != 0) return false;
    return true;
  }

  void add(const at::Tensor &matrix, std::int64_t k, std::int64_t r)
  {
    const std::int64_t flows = matrix.size(0), rate = circulant_ ? 2 * n_ : n_, size = RATES * n_ * (circulant_ ? 2 : n_);
    const at::Tensor all = numbers(matrix, flows * size);
    const std::int64_t row = weights_ ? 0 : r * moments_ + k;
    if (!circulant_ && !weights_) {
      line_ = RATES * n_, flow_ = size;
      kept_.push_back(all);
      flown_.push_back({k, row, false, all.const_data_ptr<double>() + r * n_});
      return;
    }
    const auto element = [&](std::int64_t b, std::int64_t i) {
      const double *const at = all.const_data_ptr<double>() + b * size + i;
      if (!weights_) return at[r * rate];
      double sum = 0;
      for (std::int64_t s = 0; s < RATES; ++s) sum += weights_[s * moments_ + k] * at[s * rate];
      return sum;
    };
    const std::int64_t cells = n_ / kinds_, beyond = LANES + 1;  // of whole vectors, which begin one further where they do
    line_ = circulant_ ? -1 : n_, flow_ = circulant_ ? 2 * cells + beyond : n_ * n_;
    const at::Tensor own = at::empty({flows, flow_}, all.options());
    const bool other = kinds_ == 2 && is_zero(all, 0);
    auto *to = own.mutable_data_ptr<double>();
    for (std::int64_t b = 0; b < flows; ++b)
      for (std::int64_t i = 0; i < flow_; ++i)
        *to++ = element(b, circulant_ ? (i % cells * kinds_ + n_ - other) % n_ : i / n_ * RATES * n_ + i % n_);
    kept_.push_back(own);
    flown_.push_back({k, row, other, own.const_data_ptr<double>() + (circulant_ ? cells : 0)});
  }

  std::int64_t n_ = 0, moments_ = 0, kinds_ = 1, flow_ = 0, line_ = 0;  // flow_, line_: to the next flow, and row of a matrix
  const double *weights_ = nullptr;
  bool circulant_ = false;
  std::vector<at::Tensor> kept_;
  std::vector<Flown> flown_;
};

}  // namespace henrici::kinetic
