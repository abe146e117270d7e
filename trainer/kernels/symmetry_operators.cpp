#include "symmetry_operators.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace henrici {

using at::Tensor;
using kernels::AngularFunctions;
using kernels::SymmetryFunctions;

namespace {

constexpr std::int64_t GRAIN = 8;  // centres that are worth a thread

/// Calls work(pairs of some centres, the first of them) on all threads.
template <typename Real, typename Work> void over_centers(const Graph &graph, Work work)
{
  const auto *const row = graph.row.data_ptr<std::int64_t>();
  const auto *const species = graph.species.data_ptr<std::int64_t>();
  const auto *const displacement = graph.displacement.data_ptr<Real>();
  at::parallel_for(0, graph.row.numel() - 1, GRAIN, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> order(end - begin);
    std::iota(order.begin(), order.end(), begin);
    work(kernels::Pairs<Real>{end - begin, order.data(), row, species, displacement}, begin);
  });
}

std::array<std::int64_t, 2> shape_of_features(const Graph &graph, const SymmetryFunctions &functions)
{
  return {graph.row.numel() - 1, functions.size(graph.count)};
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

Tensor project(const Graph &graph, const SymmetryFunctions &functions)
{
  const Tensor g = at::empty(shape_of_features(graph, functions), graph.displacement.options());
  AT_DISPATCH_FLOATING_TYPES(g.scalar_type(), "henrici::project", [&] {
    auto *const out = g.data_ptr<scalar_t>();
    over_centers<scalar_t>(graph, [&](const auto &pairs, std::int64_t begin) {
      kernels::project(functions, pairs, graph.count, out + begin * g.stride(0));
    });
  });
  return g;
}

Tensor pull_back(const Graph &graph, const SymmetryFunctions &functions, const Tensor &gradient)
{
  const Tensor in = gradient.contiguous(), out = at::empty_like(graph.displacement);
  TORCH_CHECK(in.sizes() == at::IntArrayRef(shape_of_features(graph, functions)), "a gradient out of shape");
  AT_DISPATCH_FLOATING_TYPES(out.scalar_type(), "henrici::pull_back", [&] {
    const auto *const from = in.data_ptr<scalar_t>();
    auto *const to = out.data_ptr<scalar_t>();
    over_centers<scalar_t>(graph, [&](const auto &pairs, std::int64_t begin) {
      kernels::pull_back(functions, pairs, graph.count, from + begin * in.stride(0), to);
    });
  });
  return out;
}

Tensor push_forward(const Graph &graph, const SymmetryFunctions &functions, const Tensor &v)
{
  const Tensor in = v.contiguous();
  const Tensor dg = at::empty(shape_of_features(graph, functions), graph.displacement.options());
  TORCH_CHECK(in.sizes() == graph.displacement.sizes(), "vectors out of shape");
  AT_DISPATCH_FLOATING_TYPES(dg.scalar_type(), "henrici::push_forward", [&] {
    const auto *const from = in.data_ptr<scalar_t>();
    auto *const to = dg.data_ptr<scalar_t>();
    over_centers<scalar_t>(graph, [&](const auto &pairs, std::int64_t begin) {
      kernels::push_forward(functions, pairs, graph.count, from, to + begin * dg.stride(0));
    });
  });
  return dg;
}

}  // namespace henrici
