#include "symmetry_encoder.h"

namespace henrici {

using at::Tensor;

namespace {

/// The functions that a scripted BehlerParrinello names.
kernels::SymmetryFunctions functions_of(const torch::jit::Module &encoder)
{
  const auto radial = encoder.attr("radial").toModule();
  Tensor weights[] = {at::zeros({3, 0}), at::zeros({3, 0})};  // of G4, of G5
  for (const auto &angular : encoder.attr("angular").toModule().children()) {
    Tensor &of_kind = weights[angular.attr("opposite").toBool() ? 0 : 1];
    TORCH_CHECK(of_kind.numel() == 0, "symmetry functions of another make");
    of_kind = angular.attr("weight").toTensor().detach();
  }
  return symmetry_functions_of(radial.attr("eta").toTensor().detach(), radial.attr("r_s").toTensor().detach(), weights[0],
                               weights[1], encoder.attr("r_c").toDouble());
}

}  // namespace

BehlerParrinelloEncoder::BehlerParrinelloEncoder(const torch::jit::Module &encoder)
    : functions_(functions_of(encoder)), mean_(encoder.attr("mean").toTensor().detach()),
      std_(encoder.attr("std").toTensor().detach())
{
  TORCH_CHECK(mean_.dim() == 2 && mean_.sizes() == std_.sizes() && mean_.size(1) == functions_.size(mean_.size(0)),
              "a BehlerParrinello of another make");
}

Tensor BehlerParrinelloEncoder::neighbor_species(const Workspace &workspace) const
{
  auto *const species = const_cast<std::int64_t *>(workspace.block().neighbor_species);
  return own_.index_select(0, at::from_blob(species, {workspace.pairs()}, at::kLong));
}

/// W (G - mean) / std
void BehlerParrinelloEncoder::fold(std::int64_t t, Tensor &weight, Tensor &bias) const
{
  const Tensor of_g = weight.narrow(1, 0, size()) / std_[t];
  bias = bias - of_g.mv(mean_[t]);
  weight = at::cat({of_g, weight.slice(1, size())}, 1);
}

void BehlerParrinelloEncoder::describe(Workspace &workspace, std::int64_t t, const Tensor &d) const
{
  const std::int64_t n = d.size(0);
  const Tensor species = neighbor_species(workspace), &r = workspace.displacement(d.scalar_type());
  const Tensor g = workspace.encoded.of({n, size()}, d.scalar_type());
  AT_DISPATCH_FLOATING_TYPES(d.scalar_type(), "henrici::describe", [&] {
    const kernels::Pairs<scalar_t> pairs{n, workspace.order.data() + workspace.first[t], workspace.block().row,
                                         species.data_ptr<std::int64_t>(), r.data_ptr<scalar_t>()};
    kernels::project(functions_, pairs, mean_.size(0), g.data_ptr<scalar_t>());
  });
  d.narrow(1, 0, size()).copy_(g);
}

void BehlerParrinelloEncoder::differentiate(Workspace &workspace, std::int64_t t, const Tensor &gradient) const
{
  const Tensor all = workspace.symmetry_gradient.of({workspace.block().centers, size()}, gradient.scalar_type());
  all.narrow(0, workspace.first[t], gradient.size(0)).copy_(gradient.narrow(1, 0, size()));
}

void BehlerParrinelloEncoder::keep(Workspace &workspace, std::size_t model, double scale, at::ScalarType dtype) const
{
  const Tensor species = neighbor_species(workspace), &r = workspace.displacement(dtype);
  const Tensor all = workspace.symmetry_gradient.of({workspace.block().centers, size()}, dtype);
  const Tensor gradient = workspace.gradient({workspace.pairs(), 3}, dtype);
  AT_DISPATCH_FLOATING_TYPES(dtype, "henrici::pull_back", [&] {
    const kernels::Pairs<scalar_t> pairs{workspace.block().centers, workspace.order.data(), workspace.block().row,
                                         species.data_ptr<std::int64_t>(), r.data_ptr<scalar_t>()};
    kernels::pull_back(functions_, pairs, mean_.size(0), all.data_ptr<scalar_t>(), gradient.data_ptr<scalar_t>());
  });
  workspace.keep(model, scale, gradient);
}

}  // namespace henrici
