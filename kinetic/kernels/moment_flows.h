// A batch of flows of one moment model, one by one: kinetic/moments/system.py.
#pragma once

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "march.h"
#include "moments.h"
#include "parameters.h"
#include "surroundings.h"
#include "tensors.h"
#include "weno.h"

namespace henrici::kinetic {

/// What callers know of walls that molecules come from. ghosts: [B, M + 1, 6]; fluxes: [B, M + 1, 1].
struct Ends {
  std::optional<at::Tensor> left, right, left_flux, right_flux;
};

class MomentFlows {
 public:
  /// eps: [B, nx]; wide: [B, nx + 6] with 3 cells beyond each end. variables: hermite or projection, with the numbers that
  /// parameters.h takes. closing: what completes the equations: nothing; asked, by whoever calls `rates`; waves, hermite or
  /// symmetric. free: of flights (carried.h), if the closing asks for them. ends, walls, of_walls: kinds of both ends, and the numbers
  /// of parameters.h.
  MomentFlows(const at::Tensor &eps, const at::Tensor &wide, double dx, double fastest, const std::string &variables,
              std::int64_t order, const at::Tensor &moments, const std::vector<double> &constants, const std::string &closing,
              const at::Tensor &parameters, std::int64_t width, const std::vector<double> &scalars, const at::Tensor &free,
              const std::vector<std::string> &ends, const at::Tensor &walls, const std::vector<double> &of_walls)
      : flows_(eps.size(0)), n_(eps.size(1)), order_(order), dx_(dx), fastest_(fastest), is_hermite_(variables == "hermite"),
        eps_(numbers(eps, flows_ * n_)), wide_(numbers(wide, flows_ * (n_ + 2 * GHOSTS))), moments_(moments), parameters_(parameters),
        numbers_of_walls_(walls), closing_(closing), walls_(henrici::kinetic::walls(Parameters(walls), ends, of_walls, order))
  {
    TORCH_CHECK(n_ >= GROUP && order >= 2 && order < MOST, "expected eight cells or more, and 3 to 25 moments");
    if (is_hermite_) hermite_ = hermite_moments(Parameters(moments_), order_, constants);
    else projection_ = projection(Parameters(moments_), order_, constants);
    if (closing == "hermite") hermite_closure_ = hermite_closure(Parameters(parameters_), order_, width, scalars);
    if (closing == "symmetric") symmetric_closure_ = symmetric_closure(Parameters(parameters_), order_, width, scalars);
    if (!whole() || closing.empty()) return;
    TORCH_CHECK(free.dim() == 3 && free.size(0) == flows_ && free.size(2) == n_, "expected [B, RATES, nx] free paths");
    Carried carried(free, walls_.end[0], walls_.end[1]);
    TORCH_CHECK(closing != "waves" || !is_hermite_ || parameters_.numel() == flights_told(order), "expected a coefficient for each flight");
    const double *const sum = hermite_closure_.order ? hermite_closure_.linear : parameters_.const_data_ptr<double>();
    if (is_hermite_) surroundings_ = Surroundings(std::move(carried), order, walls_.parity, sum);
    else carried_ = std::move(carried);
    for (std::int64_t k = 3; k <= order; ++k) parity_.push_back(-walls_.parity[k]);
    if (closing == "waves" && !is_hermite_) waves_ = waves(Parameters(parameters_), answers(), rows(), RATES * rows());
  }

  /// Whether nobody has to be asked.
  bool whole() const { return closing_ != "asked"; }

 protected:
  std::int64_t size() const { return (order_ + 1) * n_; }

  Signal signals(const double *m) const
  {
    const double dimension = is_hermite_ ? Hermite::dimension : projection_.dimension;
    std::vector<Signal> all(flows_);
    each_of(flows_, GRAIN / n_ + 1, [&](std::int64_t b) {
      all[b] = kinetic::signal(dimension, n_, fastest_, m + b * size(), eps_.const_data_ptr<double>() + b * n_);
      return true;
    });
    Signal most{0, 0, Lost::nothing};
    for (const auto &found : all) {
      if (found.lost != Lost::nothing) most.lost = found.lost;
      most.speed = std::max(most.speed, found.speed);
      most.diffusion = std::max(most.diffusion, hermite_.conduction * found.diffusion);
    }
    return most;
  }

  Lost relaxed(std::int64_t b, const double *m, double dt, double *z, std::atomic<std::int64_t> &drawn) const
  {
    const double *const eps = eps_.const_data_ptr<double>() + b * n_;
    const Relaxed found = is_hermite_ ? kinetic::relax(hermite_, n_, m, eps, dt, z) : kinetic::relax(projection_, n_, m, eps, dt, z);
    drawn += found.drawn;
    return found.lost;
  }

  /// The flow where the gas goes on as it is beyond walls that molecules come from.
  Flow still(std::int64_t b, const double *m) const
  {
    return {n_, dx_, fastest_, m, walls_.end[0], walls_.end[1], walls_.parity, nullptr, nullptr, nullptr, nullptr,
            wide_.const_data_ptr<double>() + b * (n_ + 2 * GHOSTS)};
  }

  Flow flow_of(std::int64_t b, const double *m, const Ends &ends) const
  {
    Flow flow = still(b, m);
    const std::int64_t count = order_ + 1, row = b * count, beyond = 2 * GHOSTS;
    flow.left = at_row(ends.left, row * beyond), flow.left_flux = at_row(ends.left_flux, row);
    flow.right = at_row(ends.right, row * beyond), flow.right_flux = at_row(ends.right_flux, row);
    thread_local std::vector<double> kept;
    double *known = sized(kept, 2 * count * (beyond + 1));
    for (const bool right : {false, true}) {
      const Wall &wall = walls_.wall[right];
      if (!wall.come) continue;
      double *const through = known + count * beyond;
      at_wall(hermite_, walls_.nodes, wall, right, n_, m, known, through);
      (right ? flow.right : flow.left) = known, (right ? flow.right_flux : flow.left_flux) = through;
      known = through + count;
    }
    return flow;
  }

  Lost known(const Flow &flow, const Rates &out) const
  {
    thread_local std::vector<double> kept;
    double *const work = sized(kept, room(order_, n_));
    return is_hermite_ ? kinetic::rates(hermite_, flow, work, out) : kinetic::rates(projection_, flow, work, out);
  }

  /// Slopes g_0 .. g_M without the jumps at walls that molecules come from.
  const double *without_jumps(std::int64_t b, const double *m) const
  {
    const std::int64_t count = order_ + 1;
    thread_local std::vector<double> kept;
    double *const g = sized(kept, count * n_);
    known(still(b, m), {nullptr, nullptr, g, nullptr, nullptr, nullptr});
    return g;
  }

  /// Moments beyond the third.
  std::int64_t rows() const { return order_ - 2; }

  /// How many of the last equations a closure has a part in.
  std::int64_t answers() const { return is_hermite_ ? 1 : rows(); }

  Lost rate(std::int64_t b, const double *m, const Ends &ends, double *out, std::atomic<std::int64_t> &outside) const
  {
    thread_local std::vector<double> kept;
    double *const b_k = sized(kept, (rows() + order_ + 1 + 6 + (2 + RATES) * rows() + answers()) * n_);
    double *const g = b_k + rows() * n_, *const path = g + (order_ + 1) * n_, *const gas = path + n_, *const scale = gas + 3 * n_;
    double *const over_weight = scale + n_, *const arrived = over_weight + n_, *const excess = arrived + rows() * n_;
    double *const weighed = excess + RATES * rows() * n_, *const own = weighed + rows() * n_;
    double *const asked = is_hermite_ ? nullptr : path;  // Hermite's closures do not ask
    const Lost lost = known(flow_of(b, m, ends), {out, b_k, g, asked, gas, scale});
    if (lost != Lost::nothing || closing_.empty()) return lost;
    const double *const flown = walls_.emit ? without_jumps(b, m) : g;
    if (is_hermite_) {
      surroundings_.tell(b, gas, flown, scale, arrived);
    } else {
      weigh(n_, rows(), gas, flown + 3 * n_, over_weight, weighed);
      carried_.every(b, parity_, weighed, arrived, excess);
      unweigh(n_, (1 + RATES) * rows(), over_weight, arrived);
    }
    const Seen seen{n_, b_k, g, arrived, excess, path};
    const double *h = own;
    if (closing_ == "hermite") {
      outside += evaluate(hermite_closure_, seen, own);
    } else if (closing_ == "symmetric") {
      outside += evaluate(symmetric_closure_, seen, own);
    } else if (is_hermite_) {
      h = arrived;
    } else {
      evaluate(waves_, seen, own);
    }
    double *const to = out + (order_ + 1 - answers()) * n_;
    for (std::int64_t k = 0; k < answers(); ++k)
      for (std::int64_t i = 0; i < n_; ++i) to[k * n_ + i] -= scale[i] * h[k * n_ + i];
    return lost;
  }

  std::int64_t flows_, n_, order_;
  double dx_, fastest_;
  bool is_hermite_;
  at::Tensor eps_, wide_, moments_, parameters_, numbers_of_walls_;
  Carried carried_;  // of projections
  std::vector<double> parity_;  // of their slopes g_3 .. g_M in a reflection
  Surroundings surroundings_;   // of Hermite's moments
  Hermite hermite_{};
  Projection projection_{};
  std::string closing_;
  Walls walls_;
  Waves waves_{};
  HermiteClosure hermite_closure_{};
  SymmetricClosure symmetric_closure_{};
};

}  // namespace henrici::kinetic
