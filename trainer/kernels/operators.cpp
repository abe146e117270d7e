#include "operators.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace henrici {

using at::Tensor;
using kernels::Basis;

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

/// Calls work(pairs of some centres, the first of them) on all threads.
template <typename Real, typename Work> void over_centers(const Graph &graph, Work work)
{
  const auto *const row = graph.row.data_ptr<std::int64_t>();
  const auto *const species = graph.species.data_ptr<std::int64_t>();
  const auto *const displacement = graph.displacement.data_ptr<Real>();
  std::vector<std::int64_t> order(graph.row.numel() - 1);
  std::iota(order.begin(), order.end(), 0);
  at::parallel_for(0, graph.row.numel() - 1, GRAIN, [&](std::int64_t begin, std::int64_t end) {
    work(kernels::Pairs<Real>{end - begin, order.data() + begin, row, species, displacement}, begin);
  });
}

std::array<std::int64_t, 3> shape_of_projection(const Graph &graph, const Basis &basis)
{
  return {graph.row.numel() - 1, basis.components(), graph.count * basis.functions()};
}

}  // namespace

void check(const Graph &graph)
{
  for (const auto *t : {&graph.row, &graph.species})
    TORCH_CHECK(t->scalar_type() == at::kLong && t->dim() == 1 && t->is_contiguous(), "expected contiguous int64 vectors");
  TORCH_CHECK(graph.displacement.is_contiguous() && graph.displacement.dim() == 2 && graph.displacement.size(1) == 3 &&
                  graph.displacement.size(0) == graph.species.numel(),
              "expected contiguous displacements [E, 3]");
  const auto *const row = graph.row.data_ptr<std::int64_t>(), *const end = row + graph.row.numel();
  TORCH_CHECK(row != end && row[0] == 0 && end[-1] == graph.species.numel() && std::is_sorted(row, end),
              "expected row [N_center + 1] to rise from 0 to the number of pairs");
  TORCH_CHECK(within(graph.species, graph.count), "expected species among 0 ... ", graph.count - 1);
}

void check(const Tensor &row, const Tensor &neighbor, const Tensor &species, const Tensor &displacement)
{
  TORCH_CHECK(species.scalar_type() == at::kLong && species.dim() == 1, "expected species as an int64 vector");
  check(Graph{row, neighbor, displacement, species.numel()});
  TORCH_CHECK(row.numel() - 1 <= species.numel(), "expected a species for every atom");
}

Basis basis_of(const Tensor &pieces, double r_s, double r_c, std::int64_t intervals, std::int64_t l_max)
{
  constexpr std::int64_t MOST = 1 << 20;  // far beyond any use, and products with it fit
  TORCH_CHECK(pieces.sizes() == at::IntArrayRef({6, 6}) && intervals > 0 && intervals <= MOST && r_c > r_s && r_c > 0 &&
                  l_max >= 1 && l_max <= kernels::L_MAX,
              "a basis out of shape");
  Basis basis{r_s, r_c, r_c / static_cast<double>(intervals), intervals, static_cast<int>(l_max), {}};
  const auto table = pieces.to(at::kDouble).contiguous();
  std::copy_n(table.data_ptr<double>(), 36, &basis.pieces[0][0]);
  return basis;
}

Tensor project(const Graph &graph, const Basis &basis)
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

Tensor pull_back(const Graph &graph, const Basis &basis, const Tensor &gradient)
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

Tensor push_forward(const Graph &graph, const Basis &basis, const Tensor &v)
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
