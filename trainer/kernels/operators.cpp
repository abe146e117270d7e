#include "operators.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>

namespace henrici {

using at::Tensor;
using kernels::SplineBasis;

namespace {

constexpr std::int64_t GRAIN = 32;  // centres that are worth a thread

/// Whether all numbers are 0 ... count - 1; without branches, so that it costs nothing beside the kernels.
bool within(const Tensor &numbers, std::int64_t count)
{
  const auto *const n = numbers.data_ptr<std::int64_t>();
  bool outside = false;
  for (std::int64_t i = 0; i < numbers.numel(); ++i) outside |= n[i] < 0 || n[i] >= count;
  return !outside;
}

/// Calls work(neighbours of a block of centres, first centre of the block) on all threads.
template <typename Real, typename Work> void over_centers(const Graph &graph, Work work)
{
  const auto *const row = graph.row.data_ptr<std::int64_t>();
  const auto *const neighbor = graph.neighbor.data_ptr<std::int64_t>();
  const auto *const species = graph.species.data_ptr<std::int64_t>();
  const auto *const displacement = graph.displacement.data_ptr<Real>();
  at::parallel_for(0, graph.row.numel() - 1, GRAIN, [&](std::int64_t begin, std::int64_t end) {
    work(kernels::Pairs<Real>{end - begin, row + begin, neighbor, species, displacement}, begin);
  });
}

std::array<std::int64_t, 3> shape_of_projection(const Graph &graph, const SplineBasis &basis)
{
  return {graph.row.numel() - 1, graph.count * (basis.intervals + 5), 4};
}

}  // namespace

void check(const Graph &graph)
{
  for (const auto *t : {&graph.row, &graph.neighbor, &graph.species})
    TORCH_CHECK(t->scalar_type() == at::kLong && t->dim() == 1 && t->is_contiguous(), "expected contiguous int64 vectors");
  TORCH_CHECK(graph.displacement.is_contiguous() && graph.displacement.dim() == 2 && graph.displacement.size(1) == 3 &&
                  graph.displacement.size(0) == graph.neighbor.numel(),
              "expected contiguous displacements [E, 3]");
  const auto *const row = graph.row.data_ptr<std::int64_t>(), *const end = row + graph.row.numel();
  TORCH_CHECK(row != end && row[0] == 0 && end[-1] == graph.neighbor.numel() && std::is_sorted(row, end),
              "expected row [N_center + 1] to rise from 0 to the number of pairs");
  TORCH_CHECK(within(graph.neighbor, graph.species.numel()), "expected neighbours among the atoms");
  TORCH_CHECK(within(graph.species, graph.count), "expected species among 0 ... ", graph.count - 1);
}

SplineBasis basis_of(const Tensor &pieces, double r_s, double r_c, std::int64_t intervals)
{
  constexpr std::int64_t MOST = 1 << 20;  // far beyond any use, and products with it fit
  TORCH_CHECK(pieces.sizes() == at::IntArrayRef({6, 6}) && intervals > 0 && intervals <= MOST && r_c > r_s && r_c > 0,
              "a spline basis out of shape");
  SplineBasis basis{r_s, r_c, r_c / static_cast<double>(intervals), intervals, {}};
  const auto table = pieces.to(at::kDouble).contiguous();
  std::copy_n(table.data_ptr<double>(), 36, &basis.pieces[0][0]);
  return basis;
}

Tensor project(const Graph &graph, const SplineBasis &basis)
{
  const Tensor p = at::empty(shape_of_projection(graph, basis), graph.displacement.options());
  AT_DISPATCH_FLOATING_TYPES(p.scalar_type(), "henrici::project", [&] {
    auto *const out = p.data_ptr<scalar_t>();
    over_centers<scalar_t>(graph, [&](const auto &pairs, std::int64_t begin) {
      kernels::project(basis, pairs, graph.count, out + begin * p.stride(0));
    });
  });
  return p;
}

Tensor pull_back(const Graph &graph, const SplineBasis &basis, const Tensor &gradient)
{
  const Tensor in = gradient.contiguous(), out = at::empty_like(graph.displacement);
  TORCH_CHECK(in.sizes() == at::IntArrayRef(shape_of_projection(graph, basis)), "a gradient out of shape");
  AT_DISPATCH_FLOATING_TYPES(out.scalar_type(), "henrici::pull_back", [&] {
    const auto *const from = in.data_ptr<scalar_t>();
    auto *const to = out.data_ptr<scalar_t>();
    over_centers<scalar_t>(graph, [&](const auto &pairs, std::int64_t begin) {
      kernels::pull_back(basis, pairs, graph.count, from + begin * in.stride(0), to);
    });
  });
  return out;
}

Tensor push_forward(const Graph &graph, const SplineBasis &basis, const Tensor &v)
{
  const Tensor in = v.contiguous();
  const Tensor dp = at::empty(shape_of_projection(graph, basis), graph.displacement.options());
  TORCH_CHECK(in.sizes() == graph.displacement.sizes(), "vectors out of shape");
  AT_DISPATCH_FLOATING_TYPES(dp.scalar_type(), "henrici::push_forward", [&] {
    const auto *const from = in.data_ptr<scalar_t>();
    auto *const to = dp.data_ptr<scalar_t>();
    over_centers<scalar_t>(graph, [&](const auto &pairs, std::int64_t begin) {
      kernels::push_forward(basis, pairs, graph.count, from, to + begin * dp.stride(0));
    });
  });
  return dp;
}

}  // namespace henrici
