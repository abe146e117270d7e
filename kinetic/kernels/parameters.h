// The numbers of moments and of closures, which lie one after the other.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "closures.h"
#include "flights.h"
#include "moments.h"
#include "networks.h"
#include "realizability.h"
#include "tensors.h"
#include "walls.h"

namespace henrici::kinetic {

/// Keeps what they point to.
class Parameters {
 public:
  explicit Parameters(const at::Tensor &all) : all_(numbers(all, all.numel())) {}

  const double *take(std::int64_t count)
  {
    TORCH_CHECK(taken_ + count <= all_.numel(), "expected more parameters than ", all_.numel());
    const double *const from = all_.const_data_ptr<double>() + taken_;
    taken_ += count;
    return from;
  }

  Network network(std::int64_t inputs, std::int64_t width, std::int64_t outputs)
  {
    Network found{inputs, width, outputs, {}, {}};
    const std::int64_t sizes[] = {inputs, width, width, outputs};
    for (int k = width ? 0 : 2; k < 3; ++k) {
      found.weight[k] = take(sizes[k + 1] * (width ? sizes[k] : inputs));
      found.bias[k] = take(sizes[k + 1]);
    }
    return found;
  }

  void end() const { TORCH_CHECK(taken_ == all_.numel(), "expected ", taken_, " parameters, got ", all_.numel()); }

 private:
  at::Tensor all_;
  std::int64_t taken_ = 0;
};

/// constants: regularised, conduction, least.
inline Hermite hermite_moments(Parameters all, std::int64_t order, at::ArrayRef<double> constants)
{
  const std::int64_t count = order + 1, half = order / 2;
  TORCH_CHECK(half < MOST_DEGREES && constants.size() == 3, "expected an order of at most 16, and three constants");
  Hermite of{};
  of.order = order, of.regularised = constants[0] != 0, of.conduction = constants[1], of.least = constants[2];
  of.polynomials = all.take(count * count), of.power = all.take(count);
  of.degrees[0] = half + 1, of.degrees[1] = half + order % 2;
  for (int which = 0; which < 2; ++which) {
    const std::int64_t size = of.degrees[which] * of.degrees[which];
    const double *const form = of.forms[which] = all.take((order - 2) * size);
    for (std::int64_t k = 0; k < order - 2; ++k)
      of.most[k] = std::max(of.most[k], std::sqrt(std::inner_product(form + k * size, form + (k + 1) * size, form + k * size, 0.0)));
  }
  all.end();
  return of;
}

/// constants: D, and of the frequency: stress, density, temperature.
inline Projection projection(Parameters all, std::int64_t order, at::ArrayRef<double> constants)
{
  const std::int64_t count = order + 1, rows = order - 2;
  TORCH_CHECK(constants.size() == 4, "expected four constants");
  Projection of{};
  of.order = order, of.dimension = constants[0];
  of.stress = constants[1], of.density = constants[2], of.temperature = constants[3];
  of.couple = all.take(count * count), of.of_b = all.take(4 * rows * count);
  of.rates = all.take(rows), of.modes = all.take(rows * rows), of.back = all.take(rows * rows);
  all.end();
  return of;
}

/// kinds: of both ends. The numbers: parity and, where loops know what comes from walls, the nodes, and moments of what comes from each.
/// constants: then how many nodes there are, how far they reach, and the density of each end.
inline Walls walls(Parameters all, const std::vector<std::string> &kinds, at::ArrayRef<double> constants, std::int64_t order)
{
  Walls of{};
  of.parity = all.take(order + 1);
  if (!constants.empty()) {
    const auto count = static_cast<std::int64_t>(constants[0]);
    TORCH_CHECK(constants.size() == 4 && count % GROUP == 0, "expected a multiple of ", GROUP, " nodes, and four constants");
    of.nodes = {count, all.take(count), all.take(count), constants[1]};
  }
  for (std::size_t side = 0; side < 2; ++side) {
    const End end = of.end[side] = end_of(kinds[side]);
    const bool emits = end == End::inflow || end == End::diffuse;
    of.emit = of.emit || emits;
    if (!constants.empty()) {
      const double *const come = all.take(order + 2);
      if (emits) of.wall[side] = {come, constants[2 + side]};
    }
  }
  all.end();
  return of;
}

/// How many flights closures of Hermite's moments are told: kinetic/moments/linear.py.
inline std::int64_t flights_told(std::int64_t order) { return order / 2 + RATES * ((order - 1) / 2); }

inline Waves waves(Parameters all, std::int64_t answers, std::int64_t arrived, std::int64_t excess)
{
  const Waves of{answers, arrived, excess, all.take(answers * (arrived + excess))};
  all.end();
  return of;
}

/// constants: small.
inline HermiteClosure hermite_closure(Parameters all, std::int64_t order, std::int64_t width, at::ArrayRef<double> constants)
{
  TORCH_CHECK(order >= 3 && order <= 16 && constants.size() == 1, "expected an order from 3 to 16, and one constant");
  const std::int64_t n = order - 2, odd = (order - 1) / 2, evens = n - odd, alike = (order + 1) / 2, anti = order / 2;
  HermiteClosure of{};
  of.order = order, of.small = constants[0];
  of.speeds = all.network(features(odd, evens), width, alike + odd * anti);
  of.linear = all.take(flights_told(order)), of.first = all.take(1), of.gaps = all.take(order), of.factorial = all.take(order + 1);
  of.scale = all.take(n), of.limit = all.take(n);
  all.end();
  return of;
}

/// constants: small, tiny, most, change.
inline SymmetricClosure symmetric_closure(Parameters all, std::int64_t order, std::int64_t width, at::ArrayRef<double> constants)
{
  TORCH_CHECK(order >= 3 && order < MOST && constants.size() == 4, "expected an order from 3 to 24, and four constants");
  const std::int64_t n = order - 2;
  SymmetricClosure of{};
  of.order = order, of.parity = all.take(n);
  of.small = constants[0], of.tiny = constants[1], of.most = constants[2], of.change = constants[3];
  const std::int64_t odd = std::count(of.parity, of.parity + n, -1.0), unlike = odd * (n - odd), alike = n * (n + 1) / 2 - unlike;
  of.alike_count = alike, of.unlike_count = unlike;
  of.network = all.network(features(odd, n - odd) + 1, width, alike + RATES * unlike + unlike + odd * alike);
  of.damping = all.take(alike), of.shifting = all.take(RATES * unlike);
  of.alike = all.take(n * n * alike), of.unlike = all.take(n * n * unlike), of.symmetric = all.take(n * n * alike);
  of.scale = all.take(n), of.limit = all.take(n);
  all.end();
  return of;
}

}  // namespace henrici::kinetic
