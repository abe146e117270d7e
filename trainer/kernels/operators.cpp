#include "operators.h"

#include <algorithm>

#include "on_tensors.h"

namespace henrici {

using at::Tensor;
using kernels::Basis;

namespace {

constexpr std::int64_t GRAIN = 32;  // centres that are worth a thread

on_tensors::Kernels<Basis> on(const Graph &graph, const Basis &basis)
{
  return {graph, basis, {graph.row.numel() - 1, basis.components(), graph.count * basis.functions()}, GRAIN};
}

}  // namespace

bool within(const Tensor &numbers, std::int64_t count)
{
  const auto *const n = numbers.data_ptr<std::int64_t>();
  bool outside = false;
  for (std::int64_t i = 0; i < numbers.numel(); ++i) outside |= n[i] < 0 || n[i] >= count;
  return !outside;
}

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

Tensor project(const Graph &graph, const Basis &basis) { return on(graph, basis).project(); }
Tensor pull_back(const Graph &graph, const Basis &basis, const Tensor &gradient) { return on(graph, basis).pull_back(gradient); }
Tensor push_forward(const Graph &graph, const Basis &basis, const Tensor &v) { return on(graph, basis).push_forward(v); }

}  // namespace henrici
