#include "fitting.h"

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

FittingNetwork::FittingNetwork(const torch::jit::Module &network, const Tensor &inputs, std::int64_t at, double energy)
{
  for (const auto &layer : network.attr("layers").toModule().children())
    layers_.push_back({copy_of(layer, "weight"), {}, copy_of(layer, "bias")});
  const auto output = network.attr("output").toModule();
  output_ = copy_of(output, "weight").squeeze(0);
  bias_ = copy_of(output, "bias").squeeze(0) + energy;
  TORCH_CHECK(!layers_.empty() && output_.dim() == 1 && bias_.dim() == 0, "a fitting network of another make");
  if (const std::int64_t constant = inputs.numel(); constant > 0) {
    auto &[weight, transposed, bias] = layers_.front();
    bias = bias + weight.narrow(1, at, constant).mv(inputs);
    weight = at::cat({weight.narrow(1, 0, at), weight.slice(1, at + constant)}, 1);
  }
  for (auto &[weight, transposed, bias] : layers_) transposed = weight.t().contiguous();
}

void FittingNetwork::evaluate(Tensor x, Tensor energy, std::vector<Buffer> &memory) const
{
  const std::size_t depth = layers_.size();
  const auto dtype = x.scalar_type();
  memory.resize(std::max(memory.size(), 2 * depth + 2));
  std::vector<Tensor> t(depth);  // tanh of each layer
  Tensor h = x;
  for (std::size_t l = 0; l < depth; ++l) {
    const auto &[weight, transposed, bias] = layers_[l];
    t[l] = memory[2 * l].of({x.size(0), weight.size(0)}, dtype);
    at::addmm_out(t[l], bias, h, transposed);
    t[l].tanh_();
    Tensor next = memory[2 * l + 1].of(t[l].sizes(), dtype);
    next.copy_(t[l]);
    add_skip(next, h);
    h = next;
  }
  at::addmv_out(energy, bias_.expand({x.size(0)}), h, output_);

  // h_l are not needed again: their memory holds the gradients with respect to them
  Tensor g = h;
  g.copy_(output_.expand_as(g));
  for (std::size_t l = depth; l-- > 0;) {
    Tensor through = t[l];
    at::tanh_backward_out(through, g, t[l]);
    Tensor below = l > 0 ? memory[2 * l - 1].of({x.size(0), layers_[l].weight.size(1)}, dtype) : x;
    at::mm_out(below, through, layers_[l].weight);
    add_skip_gradient(below, g);
    g = below;
  }
}

}  // namespace henrici
