#include "spline_encoder.h"

#include "operators.h"

namespace henrici {

using at::Tensor;

namespace {

/// [T, l_max + 1] -> [T, D]: the factor of each number of D, which is linear in A where l = 0 and quadratic elsewhere.
Tensor of_descriptors(const Tensor &scale, const kernels::Invariants &of)
{
  std::vector<Tensor> blocks{scale.narrow(1, 0, 1).expand({scale.size(0), of.channels})};
  for (std::int64_t l = 1; l < scale.size(1); ++l)
    blocks.push_back(scale.narrow(1, l, 1).square().expand({scale.size(0), of.axis * of.channels}));
  return at::cat(blocks, 1);
}

}  // namespace

SplineEncoder::SplineEncoder(const torch::jit::Module &encoder)
{
  const auto basis = encoder.attr("basis").toModule(), radial = encoder.attr("radial").toModule();
  basis_ = basis_of(basis.attr("pieces").toTensor(), basis.attr("r_s").toDouble(), basis.attr("r_c").toDouble(),
                    basis.attr("intervals").toInt(), encoder.attr("l_max").toInt());
  const Tensor scale = encoder.attr("scale").toTensor().detach();
  coefficients_ = radial.attr("coefficients").toTensor().detach();
  const std::int64_t species = scale.size(0), axis = encoder.attr("axis").toInt();
  const bool by_degree = encoder.hasattr("mean");
  TORCH_CHECK(coefficients_.dim() == 3 && coefficients_.size(1) == species * basis_.functions() &&
                  (coefficients_.size(0) == 1 || coefficients_.size(0) == species) && axis >= 1 &&
                  axis <= coefficients_.size(2) && scale.dim() == (by_degree ? 2 : 1) &&
                  (!by_degree || scale.size(1) == basis_.l_max + 1),
              "an encoder of another make");
  whole_ = {basis_.components(), coefficients_.size(2), axis, by_degree, false};
  of_ = {basis_.components(), coefficients_.size(2), axis, by_degree, true};
  weights_ = radial.attr("gates").toTensor().detach().expand({species, whole_.channels});
  if (by_degree) {
    const Tensor mean = encoder.attr("mean").toTensor().detach(), std = encoder.attr("std").toTensor().detach();
    TORCH_CHECK(mean.sizes() == std.sizes() && mean.sizes() == at::IntArrayRef({species, size()}), "an encoder of another make");
    factor_ = of_descriptors(scale, whole_) / std;
    offset_ = -mean / std;
  } else {
    weights_ = weights_ * scale.unsqueeze(1);
  }
}

/// W x = W (factor D + offset), and where D[a, c] = D[c, a], their weights together.
void SplineEncoder::fold(std::int64_t t, Tensor &weight, Tensor &bias) const
{
  const std::int64_t more = weight.size(1) - size(), channels = of_.channels, axis = of_.axis;
  TORCH_CHECK(more >= 0, "a fitting network of another make");
  Tensor of_d = weight.narrow(1, 0, size());
  if (factor_.defined()) {
    bias = bias + of_d.mv(offset_[t]);
    of_d = of_d * factor_[t];
  }
  std::vector<Tensor> columns;
  std::int64_t at = 0;
  if (of_.by_degree) columns.push_back(of_d.narrow(1, 0, at = channels));
  for (; at < size(); at += axis * channels) {
    Tensor block = of_d.narrow(1, at, axis * channels).reshape({-1, axis, channels}).clone();
    Tensor square = block.narrow(2, 0, axis);
    square.add_(square.transpose(1, 2).clone()).sub_(at::diag_embed(square.diagonal(0, 1, 2) / 2));
    for (std::int64_t a = 0; a < axis; ++a) columns.push_back(block.select(1, a).narrow(1, a, channels - a));
  }
  columns.push_back(weight.narrow(1, size(), more));
  weight = at::cat(columns, 1);
}

void SplineEncoder::use_species(const std::vector<std::int64_t> &own)
{
  const Tensor which = at::tensor(own, at::kLong), of_species = coefficients_.unflatten(1, {-1, basis_.functions()});
  radial_.clear();
  transposed_.clear();
  for (const std::int64_t t : own) {
    const Tensor c = of_species[coefficients_.size(0) == 1 ? 0 : t].index_select(0, which).flatten(0, 1);
    radial_.emplace_back(c * weights_[t]);
    transposed_.emplace_back((c * weights_[t]).t());
  }
}

void SplineEncoder::describe(Workspace &workspace, std::int64_t t, const Tensor &d) const
{
  const std::int64_t n = d.size(0), functions = radial_[t].rows();
  const Tensor p = workspace.projection(basis_, d.scalar_type()).narrow(0, workspace.first[t], n);
  Tensor a = workspace.encoded.of({n * of_.components, of_.channels}, d.scalar_type());
  radial_[t].multiply(p.view({n * of_.components, functions}), a);
  AT_DISPATCH_FLOATING_TYPES(d.scalar_type(), "henrici::describe", [&] {
    kernels::describe(of_, n, a.data_ptr<scalar_t>(), d.data_ptr<scalar_t>(), d.stride(0));
  });
}

void SplineEncoder::differentiate(Workspace &workspace, std::int64_t t, const Tensor &gradient) const
{
  const std::int64_t n = gradient.size(0), rows = n * of_.components;
  const auto dtype = gradient.scalar_type();
  const Tensor a = workspace.encoded.of({rows, of_.channels}, dtype);  // what describe() left there
  const Tensor da = workspace.encoded_gradient.of({rows, of_.channels}, dtype);
  AT_DISPATCH_FLOATING_TYPES(dtype, "henrici::differentiate", [&] {
    kernels::differentiate(of_, n, a.data_ptr<scalar_t>(), gradient.data_ptr<scalar_t>(), gradient.stride(0),
                           da.data_ptr<scalar_t>());
  });
  transposed_[t].multiply(da, this->gradient(workspace, dtype).narrow(0, workspace.first[t], n).flatten(0, 1));
}

Tensor SplineEncoder::gradient(Workspace &workspace, at::ScalarType dtype) const
{
  return workspace.gradient({workspace.block().centers, of_.components, workspace.species() * basis_.functions()}, dtype);
}

void SplineEncoder::keep(Workspace &workspace, std::size_t model, double scale, at::ScalarType dtype) const
{
  workspace.keep(model, scale, basis_, gradient(workspace, dtype));
}

}  // namespace henrici
