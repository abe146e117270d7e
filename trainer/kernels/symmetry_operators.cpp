#include "symmetry_operators.h"

#include <algorithm>
#include <cmath>

#include "on_tensors.h"

namespace henrici {

using at::Tensor;
using kernels::AngularFunctions;
using kernels::SymmetryFunctions;

namespace {

constexpr std::int64_t GRAIN = 8;  // centres that are worth a thread

on_tensors::Kernels<SymmetryFunctions> on(const Graph &graph, const SymmetryFunctions &functions)
{
  return {graph, functions, {graph.row.numel() - 1, functions.size(graph.count)}, GRAIN};
}

std::vector<double> numbers(const Tensor &of, at::IntArrayRef shape)
{
  TORCH_CHECK(of.sizes() == shape, "symmetry functions out of shape");
  const Tensor table = of.to(at::kDouble).contiguous();
  const std::vector<double> found(table.data_ptr<double>(), table.data_ptr<double>() + table.numel());
  const bool finite = std::all_of(found.begin(), found.end(), [](double x) { return std::isfinite(x); });
  TORCH_CHECK(finite, "symmetry functions that are not finite");
  return found;
}

}  // namespace

SymmetryFunctions symmetry_functions_of(const Tensor &eta, const Tensor &r_s, const Tensor &g4, const Tensor &g5,
                                        double r_c)
{
  TORCH_CHECK(r_c > 0 && std::isfinite(r_c), "symmetry functions without a cutoff");
  SymmetryFunctions functions{r_c, {}, {}};
  const auto width = numbers(eta, {eta.numel()}), shift = numbers(r_s, {eta.numel()});
  for (std::size_t m = 0; m < width.size(); ++m) functions.radial.push_back({width[m], shift[m]});
  for (const auto *kind : {&g4, &g5}) {
    const std::int64_t count = kind->size(-1);
    const auto plus_minus_eta = numbers(*kind, {3, count});
    const auto *const plus = plus_minus_eta.data(), *const minus = plus + count, *const eta = minus + count;
    std::vector<AngularFunctions::Row> rows;
    for (std::int64_t m = 0; m < count; ++m) rows.push_back({-eta[m], plus[m] > 0 ? 1.0 : -1.0, plus[m] + minus[m]});
    if (count) functions.angular.emplace_back(rows, kind == &g4);
  }
  return functions;
}

Tensor project(const Graph &graph, const SymmetryFunctions &functions) { return on(graph, functions).project(); }

Tensor pull_back(const Graph &graph, const SymmetryFunctions &functions, const Tensor &gradient)
{
  return on(graph, functions).pull_back(gradient);
}

Tensor push_forward(const Graph &graph, const SymmetryFunctions &functions, const Tensor &v)
{
  return on(graph, functions).push_forward(v);
}

}  // namespace henrici
