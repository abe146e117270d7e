#include "fitting.h"

#include <ATen/Dispatch.h>

namespace henrici {

using at::Tensor;

namespace {

/// y += what widen() joins to it: x where the widths agree, (x, x) where y is twice as wide.
void add_skip(Tensor y, const Tensor &x)
{
  const std::int64_t width = x.size(1);
  if (y.size(1) == width) y.add_(x);
  if (y.size(1) == 2 * width) {
    y.narrow(1, 0, width).add_(x);
    y.narrow(1, width, width).add_(x);
  }
}

/// The same way back: gx += what comes from gy.
void add_skip_gradient(Tensor gx, const Tensor &gy)
{
  const std::int64_t width = gx.size(1);
  if (gy.size(1) == width) gx.add_(gy);
  if (gy.size(1) == 2 * width) gx.add_(gy.narrow(1, 0, width)).add_(gy.narrow(1, width, width));
}

Tensor copy_of(const torch::jit::Module &layer, const char *name)
{
  return layer.attr(name).toTensor().detach().clone(at::MemoryFormat::Contiguous);
}

}  // namespace

FittingNetwork::FittingNetwork(const torch::jit::Module &network, double energy, const Adapt &adapt)
{
  std::vector<std::pair<Tensor, Tensor>> layers;  // weight, bias
  for (const auto &layer : network.attr("layers").toModule().children())
    layers.emplace_back(copy_of(layer, "weight"), copy_of(layer, "bias"));
  const auto output = network.attr("output").toModule();
  const auto activation = network.attr("activation").toStringRef();
  output_ = copy_of(output, "weight").squeeze(0);
  bias_ = copy_of(output, "bias").squeeze(0) + energy;
  activation_ = activation == "silu" ? kernels::Activation::silu : kernels::Activation::tanh;
  gain_ = network.attr("gain").toDouble();
  TORCH_CHECK(!layers.empty() && output_.dim() == 1 && bias_.dim() == 0 && (activation == "silu" || activation == "tanh"),
              "a fitting network of another make");
  const std::int64_t in = layers.front().first.size(1), out = layers.front().first.size(0);
  TORCH_CHECK(out != in && out != 2 * in, "a skip connection around the first layer, whose inputs are others here");
  adapt(layers.front().first, layers.front().second);
  for (const auto &[weight, bias] : layers) layers_.push_back({Matrix(weight.t(), bias), Matrix(weight)});
}

void FittingNetwork::evaluate(Tensor x, Tensor energy, std::vector<Buffer> &memory) const
{
  const std::size_t depth = layers_.size();
  memory.resize(std::max(memory.size(), 2 * depth));
  const auto place = [&](std::size_t k) {
    return memory[k].of({x.size(0), layers_[k / 2].forward.columns()}, x.scalar_type());
  };
  std::vector<Tensor> slopes(depth);  // gain f'(z) of each layer
  Tensor h = x;
  for (std::size_t l = 0; l < depth; ++l) {
    slopes[l] = place(2 * l);
    Tensor next = place(2 * l + 1);
    layers_[l].forward.multiply(h, slopes[l]);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "henrici::activate", [&] {
      kernels::activate(activation_, gain_, next.numel(), slopes[l].data_ptr<scalar_t>(), next.data_ptr<scalar_t>());
    });
    if (l > 0) add_skip(next, h);
    h = next;
  }
  at::addmv_out(energy, bias_.expand({x.size(0)}), h, output_);

  // h_l are not needed again: their memory holds the gradients with respect to them
  Tensor g = output_.expand_as(h);
  for (std::size_t l = depth; l-- > 0;) {
    Tensor below = l > 0 ? place(2 * l - 1) : x;
    layers_[l].backward.multiply(slopes[l].mul_(g), below);
    if (l > 0) add_skip_gradient(below, g);
    g = below;
  }
}

}  // namespace henrici
