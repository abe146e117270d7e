#include "encoder.h"

#include "operators.h"
#include "symmetry_encoder.h"

namespace henrici {

using at::Tensor;

std::unique_ptr<Encoder> Encoder::of(const torch::jit::Module &encoder)
{
  if (encoder.hasattr("basis") && encoder.hasattr("axis")) return std::make_unique<DeepPotSEEncoder>(encoder);
  if (encoder.hasattr("radial") && encoder.hasattr("angular")) return std::make_unique<BehlerParrinelloEncoder>(encoder);
  return nullptr;
}

DeepPotSEEncoder::DeepPotSEEncoder(const torch::jit::Module &encoder)
{
  const auto basis = encoder.attr("basis").toModule(), radial = encoder.attr("radial").toModule();
  basis_ = basis_of(basis.attr("pieces").toTensor(), basis.attr("r_s").toDouble(), basis.attr("r_c").toDouble(),
                    basis.attr("intervals").toInt(), encoder.attr("l_max").toInt());
  const Tensor scale = encoder.attr("scale").toTensor().detach();
  coefficients_ = radial.attr("coefficients").toTensor().detach();
  const std::int64_t species = scale.numel(), axis = encoder.attr("axis").toInt();
  TORCH_CHECK(scale.dim() == 1 && coefficients_.dim() == 3 && coefficients_.size(1) == species * basis_.functions() &&
                  (coefficients_.size(0) == 1 || coefficients_.size(0) == species) && axis >= 1 &&
                  axis <= coefficients_.size(2),
              "a DeepPotSE of another make");
  weights_ = (radial.attr("gates").toTensor().detach() * scale.unsqueeze(1)).expand({species, coefficients_.size(2)});
  of_ = {basis_.components(), coefficients_.size(2), axis};
}

void DeepPotSEEncoder::use_species(const std::vector<std::int64_t> &own)
{
  const Tensor which = at::tensor(own, at::kLong), of_species = coefficients_.unflatten(1, {-1, basis_.functions()});
  radial_.clear();
  transposed_.clear();
  for (const std::int64_t t : own) {
    const Tensor c = of_species[coefficients_.size(0) == 1 ? 0 : t].index_select(0, which).flatten(0, 1);
    radial_.push_back((c * weights_[t]).contiguous());
    transposed_.push_back(radial_.back().t().contiguous());
  }
}

void DeepPotSEEncoder::describe(Workspace &workspace, std::int64_t t, const Tensor &d) const
{
  const std::int64_t n = d.size(0), functions = radial_[t].size(0);
  const Tensor p = workspace.projection(basis_, d.scalar_type()).narrow(0, workspace.first[t], n);
  Tensor a = workspace.encoded.of({n * of_.components, of_.channels}, d.scalar_type());
  at::mm_out(a, p.view({n * of_.components, functions}), radial_[t]);
  AT_DISPATCH_FLOATING_TYPES(d.scalar_type(), "henrici::describe", [&] {
    kernels::describe(of_, n, a.data_ptr<scalar_t>(), d.data_ptr<scalar_t>(), d.stride(0));
  });
}

void DeepPotSEEncoder::differentiate(Workspace &workspace, std::int64_t t, const Tensor &gradient) const
{
  const std::int64_t n = gradient.size(0), rows = n * of_.components, functions = radial_[t].size(0);
  const auto dtype = gradient.scalar_type();
  const Tensor a = workspace.encoded.of({rows, of_.channels}, dtype);  // what describe() left there
  const Tensor da = workspace.encoded_gradient.of({rows, of_.channels}, dtype);
  AT_DISPATCH_FLOATING_TYPES(dtype, "henrici::differentiate", [&] {
    kernels::differentiate(of_, n, a.data_ptr<scalar_t>(), gradient.data_ptr<scalar_t>(), gradient.stride(0),
                           da.data_ptr<scalar_t>());
  });
  Tensor dp = workspace.projection_gradient.of({workspace.block().centers * of_.components, functions}, dtype)
                  .narrow(0, workspace.first[t] * of_.components, rows);
  at::mm_out(dp, da, transposed_[t]);
}

void DeepPotSEEncoder::pull_back(Workspace &workspace, const Tensor &gradient) const
{
  const auto dtype = gradient.scalar_type();
  const Tensor &r = workspace.displacement(dtype);
  const std::int64_t columns = workspace.species() * basis_.functions();
  const Tensor dp = workspace.projection_gradient.of({workspace.block().centers * of_.components, columns}, dtype);
  AT_DISPATCH_FLOATING_TYPES(dtype, "henrici::pull_back", [&] {
    kernels::pull_back(basis_, pairs_of(workspace, r.data_ptr<scalar_t>()), workspace.species(), dp.data_ptr<scalar_t>(),
                       gradient.data_ptr<scalar_t>());
  });
}

}  // namespace henrici
