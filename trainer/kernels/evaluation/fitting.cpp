#include "fitting.h"

namespace henrici {

using at::Tensor;

namespace {

constexpr std::int64_t VECTOR = 16;  // numbers; products of matrices whose rows begin elsewhere take a tenth longer

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
  for (const auto &layer : network.attr("layers").toModule().children())
    layers_.push_back({copy_of(layer, "weight"), {}, copy_of(layer, "bias")});
  const auto output = network.attr("output").toModule();
  const auto activation = network.attr("activation").toStringRef();
  output_ = copy_of(output, "weight").squeeze(0);
  bias_ = copy_of(output, "bias").squeeze(0) + energy;
  silu_ = activation == "silu";
  gain_ = network.attr("gain").toDouble();
  TORCH_CHECK(!layers_.empty() && output_.dim() == 1 && bias_.dim() == 0 && (silu_ || activation == "tanh"),
              "a fitting network of another make");
  const std::int64_t in = layers_.front().weight.size(1), out = layers_.front().weight.size(0);
  TORCH_CHECK(out != in && out != 2 * in, "a skip connection around the first layer, whose inputs are others here");
  adapt(layers_.front().weight, layers_.front().bias);
  layers_.front().weight = at::constant_pad_nd(layers_.front().weight, {0, -layers_.front().weight.size(1) & (VECTOR - 1)});
  for (auto &[weight, transposed, bias] : layers_) {
    transposed = weight.t().contiguous();
    weight = weight.contiguous();
  }
}

void FittingNetwork::evaluate(Tensor x, Tensor energy, std::vector<Buffer> &memory) const
{
  const std::size_t depth = layers_.size();
  const auto dtype = x.scalar_type();
  memory.resize(std::max(memory.size(), 2 * depth));
  const auto place = [&](std::size_t k, const Layer &layer) { return memory[k].of({x.size(0), layer.weight.size(0)}, dtype); };
  std::vector<Tensor> kept(depth);  // of each layer: tanh(z), or z
  Tensor h = x;
  for (std::size_t l = 0; l < depth; ++l) {
    kept[l] = place(2 * l, layers_[l]);
    Tensor next = place(2 * l + 1, layers_[l]);
    at::addmm_out(kept[l], layers_[l].bias, h, layers_[l].transposed);
    if (silu_)
      at::silu_out(next, kept[l]);
    else
      next.copy_(kept[l].tanh_());
    if (gain_ != 1.0) next.mul_(gain_);
    if (l > 0) add_skip(next, h);
    h = next;
  }
  at::addmv_out(energy, bias_.expand({x.size(0)}), h, output_);

  // h_l are not needed again: their memory holds the gradients with respect to them
  Tensor g = h;
  g.copy_(output_.expand_as(g));
  for (std::size_t l = depth; l-- > 0;) {
    Tensor through = kept[l];
    if (silu_)
      at::silu_backward_out(through, g, kept[l]);
    else
      at::tanh_backward_out(through, g, kept[l]);
    if (gain_ != 1.0) through.mul_(gain_);
    Tensor below = l > 0 ? place(2 * l - 1, layers_[l - 1]) : x;
    at::mm_out(below, through, layers_[l].weight);
    if (l > 0) add_skip_gradient(below, g);
    g = below;
  }
}

}  // namespace henrici
