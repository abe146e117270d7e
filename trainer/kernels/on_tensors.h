// project, pull_back and push_forward of an encoder's kernels (loops/) on tensors, on all threads that torch has.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <numeric>
#include <vector>

#include "operators.h"

namespace henrici::on_tensors {

/// Functions: what the kernels take. shape: of the features, [N_center, ...]; grain: centres that are worth a thread.
template <typename Functions> struct Kernels {
  const Graph &graph;
  const Functions &functions;
  std::vector<std::int64_t> shape;
  std::int64_t grain;

  at::Tensor project() const
  {
    const at::Tensor features = at::empty(shape, graph.displacement.options());
    AT_DISPATCH_FLOATING_TYPES(features.scalar_type(), "henrici::project", [&] {
      auto *const out = features.data_ptr<scalar_t>();
      over_centers<scalar_t>([&](const auto &pairs, std::int64_t begin) {
        kernels::project(functions, pairs, graph.count, out + begin * features.stride(0));
      });
    });
    return features;
  }

  at::Tensor pull_back(const at::Tensor &gradient) const
  {
    const at::Tensor in = gradient.contiguous(), out = at::empty_like(graph.displacement);
    TORCH_CHECK(in.sizes() == at::IntArrayRef(shape), "a gradient out of shape");
    AT_DISPATCH_FLOATING_TYPES(out.scalar_type(), "henrici::pull_back", [&] {
      const auto *const from = in.data_ptr<scalar_t>();
      auto *const to = out.data_ptr<scalar_t>();
      over_centers<scalar_t>([&](const auto &pairs, std::int64_t begin) {
        kernels::pull_back(functions, pairs, graph.count, from + begin * in.stride(0), to);
      });
    });
    return out;
  }

  at::Tensor push_forward(const at::Tensor &v) const
  {
    const at::Tensor in = v.contiguous(), features = at::empty(shape, graph.displacement.options());
    TORCH_CHECK(in.sizes() == graph.displacement.sizes(), "vectors out of shape");
    AT_DISPATCH_FLOATING_TYPES(features.scalar_type(), "henrici::push_forward", [&] {
      const auto *const from = in.data_ptr<scalar_t>();
      auto *const to = features.data_ptr<scalar_t>();
      over_centers<scalar_t>([&](const auto &pairs, std::int64_t begin) {
        kernels::push_forward(functions, pairs, graph.count, from, to + begin * features.stride(0));
      });
    });
    return features;
  }

 private:
  /// Calls work(pairs of some centres, the first of them) on all threads.
  template <typename Real, typename Work> void over_centers(Work work) const
  {
    const auto *const row = graph.row.data_ptr<std::int64_t>();
    const auto *const species = graph.species.data_ptr<std::int64_t>();
    const auto *const displacement = graph.displacement.data_ptr<Real>();
    at::parallel_for(0, graph.row.numel() - 1, grain, [&](std::int64_t begin, std::int64_t end) {
      std::vector<std::int64_t> order(end - begin);
      std::iota(order.begin(), order.end(), begin);
      work(kernels::Pairs<Real>{end - begin, order.data(), row, species, displacement}, begin);
    });
  }
};

}  // namespace henrici::on_tensors
