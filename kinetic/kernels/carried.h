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
/// [B, RATES, 2 n]. Every second element of a row is 0 where n is even and there are no mirrors: slopes in cells of one kind, even or
/// odd, come to cells of one kind alone, and each kind is taken by itself.
class Carried {
 public:
  Carried() = default;

  /// weights: [RATES, moments] of a sum of all flights, or nullptr where each of them is wanted.
  Carried(const std::vector<at::Tensor> &matrices, std::int64_t n, const double *weights)
      : n_(n), moments_(matrices.size()), weights_(weights), circulant_(!matrices.empty() && matrices[0].size(1) == RATES)
  {
    const auto halved = [&](const at::Tensor &m) { return n % 2 == 0 && (is_zero(m, 0) || is_zero(m, 1)); };
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
    const std::int64_t cells = n_ / kinds_, width = whole(cells);
    double *const from = sized(kept, kinds_ * (moments_ * cells + rows() * width)), *const to = from + kinds_ * moments_ * cells;
    Flight flights[2 * RATES * MOST];
    std::int64_t count = 0;
    for (const auto &flown : flown_)
      for (std::int64_t p = 0; p < kinds_; ++p) {
        const std::int64_t q = (p + flown.other) % kinds_;
        Lines m = flown.m;
        m.first += b * flow_ + (circulant_ ? 0 : p * cells * m.length);
        if (circulant_ && q > p) ++m.begin;
        flights[count++] = {from + (flown.moment * kinds_ + p) * cells, m, to + (flown.row * kinds_ + q) * width};
      }
    sort(moments_, n_, kinds_, weight, g, from);
    std::fill_n(to, rows() * kinds_ * width, 0.0);
    fly(flights, count, cells);
    unsort(rows(), n_, kinds_, weight, to, width, out);
  }

 private:
  struct Flown {
    std::int64_t moment, row;
    const void *matrix;  // that it is made of, for one of the rates
    bool other;          // whether slopes come to cells of the other kind
    Lines m;             // of the first flow
  };

  /// Whether nothing comes from cells that are 0, 2, 4, ... or 1, 3, 5, ... away.
  bool is_zero(const at::Tensor &m, std::int64_t away) const
  {
    const at::Tensor all = m.contiguous();
    const double *at = all.const_data_ptr<double>();
    const std::int64_t width = all.size(-1), rows = all.numel() / width;
    for (std::int64_t i = 0; i < rows; ++i, at += width)
      for (std::int64_t d = circulant_ ? away : (i + away) % 2; d < width; d += 2)
        if (at[d] != 0) return false;
    return true;
  }

  /// The cell whose slope is number k, one kind after the other.
  std::int64_t from_cell(std::int64_t k) const { return k % (n_ / kinds_) * kinds_ + k / (n_ / kinds_); }

  void add(const at::Tensor &matrix, std::int64_t k, std::int64_t r)
  {
    const std::int64_t row = weights_ ? 0 : r * moments_ + k;
    for (const auto &known : flown_)  // many moments have the same one
      if (!weights_ && known.matrix == matrix.const_data_ptr() && known.row / moments_ == r)
        return flown_.push_back({k, row, known.matrix, known.other, known.m});
    const std::int64_t flows = matrix.size(0), rate = circulant_ ? 2 * n_ : n_, size = RATES * n_ * (circulant_ ? 2 : n_);
    const at::Tensor all = numbers(matrix, flows * size);
    const auto element = [&](std::int64_t b, std::int64_t i) {
      const double *const at = all.const_data_ptr<double>() + b * size + i;
      if (!weights_) return at[r * rate];
      double sum = 0;
      for (std::int64_t s = 0; s < RATES; ++s) sum += weights_[s * moments_ + k] * at[s * rate];
      return sum;
    };
    const std::int64_t cells = n_ / kinds_, copies = circulant_ ? LANES : n_;
    const std::int64_t length = whole(circulant_ ? 2 * cells + LANES + 1 : cells);  // the last row of a copy may begin one further
    flow_ = copies * length;
    const at::Tensor own = at::empty({flows, flow_}, all.options());
    const bool other = kinds_ == 2 && is_zero(matrix, 0);
    auto *to = own.mutable_data_ptr<double>();
    for (std::int64_t b = 0; b < flows; ++b)
      for (std::int64_t copy = 0; copy < copies; ++copy)  // of rows of one kind, then of the other, or moved
        for (std::int64_t i = 0; i < length; ++i) {
          const std::int64_t from = from_cell(copy), cell = std::min(i, cells - 1) * kinds_ + (from + other) % kinds_;
          *to++ = element(b, circulant_ ? ((i + copy) % cells * kinds_ + n_ - other) % n_ : from * RATES * n_ + cell);
        }
    kept_.push_back(own);
    flown_.push_back({k, row, matrix.const_data_ptr(), other, {own.const_data_ptr<double>(), length, circulant_ ? cells : -1}});
  }

  std::int64_t n_ = 0, moments_ = 0, kinds_ = 1, flow_ = 0;  // flow_: to the next flow of a matrix
  const double *weights_ = nullptr;
  bool circulant_ = false;
  std::vector<at::Tensor> kept_;
  std::vector<Flown> flown_;
};

}  // namespace henrici::kinetic
