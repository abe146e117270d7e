// torch.ops.henrici.fitting: a FittingNetwork (trainer/potentials/networks.py) with its gradient, for training.
//
//     h_0 = x,   h_l = gain f(W_l h_{l-1} + b_l) + J h_{l-1},   E = w h_L + b        ->  E, dE/dx,   f: tanh or silu
//
// A loss has the forces in it, so training differentiates dE/dx once more. With the adjoints E* and (dE/dx)* of both outputs,
// the parameters get the gradient of S = E* E + E', E' the derivative of E along (dE/dx)*: tangents go forward through the
// layers, adjoints of S come back. Every W_l is then in six matrix products (two for each of E, dE/dx and W_l*, where the
// tangents and adjoints are stacked), and all else are a few passes over [n, width].

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "activation.h"
#include "matrix.h"
#include "skip_layer.h"

namespace {

using at::Tensor;
using henrici::Matrix;
using henrici::kernels::Activation;
using henrici::kernels::SkipLayer;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Of one hidden layer. Stacks are [2 n, out].
struct Layer {
  Tensor weight;
  Tensor slope, bend;  // gain f'(z_l), gain f''(z_l) dE/dh_l: [n, out]
  Tensor h, z;         // stacks of h_l and its tangent, of the adjoint of z_l and dE/dz_l
};

/// The first and the second half of a stack.
Tensor upper(const Tensor &stack) { return stack.narrow(0, 0, stack.size(0) / 2); }
Tensor lower(const Tensor &stack) { return stack.narrow(0, stack.size(0) / 2, stack.size(0) / 2); }

template <typename Call> void with(const Tensor &x, const Layer &layer, Call call)
{
  const SkipLayer of{x.size(0), x.size(1), layer.slope.size(1)};
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "henrici::fitting", [&] { call(of, scalar_t{}); });
}
template <typename Real> Real *data(const Tensor &t, Real) { return t.data_ptr<Real>(); }

/// Whether all numbers are 1, and will be.
bool is_one(const Tensor &x) { return !x.requires_grad() && x.eq(1).all().item<bool>(); }

void check(const Tensor &x, at::TensorList parameters)
{
  TORCH_CHECK(x.dim() == 2 && parameters.size() >= 4 && parameters.size() % 2 == 0, "expected x [n, in] and layers");
  std::int64_t in = x.size(1);
  for (std::size_t k = 0; k < parameters.size(); k += 2) {
    const Tensor &weight = parameters[k], &bias = parameters[k + 1];
    TORCH_CHECK(weight.dim() == 2 && weight.size(1) == in && bias.dim() == 1 && bias.size(0) == weight.size(0),
                "expected weights [out, in] and biases [out], one layer after the other");
    for (const Tensor *t : {&weight, &bias})
      TORCH_CHECK(t->is_contiguous() && t->scalar_type() == x.scalar_type(), "expected contiguous parameters of x's type");
    in = weight.size(0);
  }
  TORCH_CHECK(in == 1, "expected a last layer with one number");
}

struct Fitting : torch::autograd::Function<Fitting> {
  static variable_list forward(AutogradContext *context, const Tensor &input, at::TensorList parameters, Activation f,
                               double gain)
  {
    const at::AutoDispatchBelowADInplaceOrView no_graph;
    check(input, parameters);
    const Tensor x = input.contiguous();
    const std::size_t depth = parameters.size() / 2 - 1;
    std::vector<Layer> layers(depth);
    Tensor h = x;
    for (std::size_t l = 0; l < depth; ++l) {
      Layer &layer = layers[l];
      layer.weight = parameters[2 * l];
      layer.slope = Matrix(layer.weight.t(), parameters[2 * l + 1]).multiply(h);  // z, at first
      layer.bend = at::empty_like(layer.slope);
      layer.h = at::empty({2 * x.size(0), layer.slope.size(1)}, x.options());
      with(h, layer, [&](const SkipLayer &of, auto real) {
        activate(f, gain, of.n * of.out, data(layer.slope, real), data(layer.h, real), data(layer.bend, real));
        join(of, data(h, real), data(layer.h, real));
      });
      h = upper(layer.h);
    }
    const Tensor &w = parameters[2 * depth];
    const Tensor energy = at::addmv(parameters[2 * depth + 1].expand({x.size(0)}), h, w.squeeze(0));
    Tensor dh = w.expand({x.size(0), w.size(1)}).contiguous();
    for (std::size_t l = depth; l-- > 0;) {
      Layer &layer = layers[l];
      const Tensor below = l > 0 ? upper(layers[l - 1].h) : x;
      layer.z = at::empty_like(layer.h);
      const Tensor dz = lower(layer.z), dx = at::empty_like(below);
      with(below, layer, [&](const SkipLayer &of, auto real) {
        differentiate(of, data(layer.slope, real), data(dh, real), data(dz, real), data(layer.bend, real));
        Matrix(layer.weight).multiply(dz, dx);
        join_back(of, data(dh, real), data(dx, real));
      });
      dh = dx;
    }
    save(context, x, parameters, layers, dh);
    return {energy, dh};
  }

  static variable_list backward(AutogradContext *context, const variable_list &adjoints)
  {
    const auto saved = context->get_saved_variables();
    const Tensor &energy = adjoints[0], &direction = adjoints[1];
    const std::size_t parameters = saved.size() - 2;
    variable_list answer(1 + parameters + 2);  // f and gain have none
    bool only_input = true;
    for (std::size_t k = 1; k <= parameters; ++k) only_input = only_input && !context->needs_input_grad(k);
    if (!direction.defined() && only_input) {
      // dE/dx is an output and may be differentiated; that of a sum of energies is dE/dx itself
      if (energy.defined()) answer[0] = is_one(energy) ? saved.back() : energy.unsqueeze(1) * saved.back();
      return answer;
    }
    TORCH_CHECK(!at::GradMode::is_enabled(), "henrici::fitting has no third derivatives");
    return adjoint_of(context, saved, energy, direction);
  }

 private:
  static void save(AutogradContext *context, const Tensor &x, at::TensorList parameters, const std::vector<Layer> &layers,
                   const Tensor &gradient)
  {
    variable_list variables{x};
    variables.insert(variables.end(), parameters.begin(), parameters.end());
    variables.push_back(gradient);
    context->save_for_backward(std::move(variables));
    context->set_materialize_grads(false);
    c10::List<Tensor> own;
    for (const Layer &layer : layers)
      for (const Tensor &t : {layer.slope, layer.bend, layer.h, layer.z}) own.push_back(t);
    context->saved_data["layers"] = own;
  }

  static variable_list adjoint_of(AutogradContext *context, const variable_list &saved, const Tensor &energy,
                                  const Tensor &direction)
  {
    const at::AutoDispatchBelowADInplaceOrView no_graph;
    const Tensor &x = saved.front();
    const std::size_t depth = saved.size() / 2 - 2;
    const auto own = context->saved_data["layers"].toTensorList();
    std::vector<Layer> layers(depth);
    for (std::size_t l = 0; l < depth; ++l)
      layers[l] = {saved[1 + 2 * l], own[4 * l], own[4 * l + 1], own[4 * l + 2], own[4 * l + 3]};
    const Tensor along = direction.defined() ? direction.contiguous() : at::zeros_like(x);
    const Tensor weights = energy.defined() ? energy.contiguous() : at::zeros({x.size(0)}, x.options());

    std::vector<Tensor> added(depth);  // to the adjoints of z by E'
    Tensor tangent = along;
    for (std::size_t l = 0; l < depth; ++l) {
      Layer &layer = layers[l];
      added[l] = Matrix(layer.weight.t()).multiply(tangent);
      Tensor next = lower(layer.h);
      with(tangent, layer, [&](const SkipLayer &of, auto real) {
        henrici::kernels::tangent(of, data(layer.slope, real), data(layer.bend, real), data(tangent, real),
                                  data(added[l], real), data(next, real));
      });
      tangent = next;
    }

    variable_list answer(saved.size() - 1 + 2);
    const Tensor &w = saved[1 + 2 * depth];
    if (context->needs_input_grad(1 + 2 * depth))
      answer[1 + 2 * depth] = at::mm(at::cat({weights, at::ones_like(weights)}).unsqueeze(0), layers.back().h);
    if (context->needs_input_grad(2 + 2 * depth)) answer[2 + 2 * depth] = weights.sum(0, true);
    Tensor adjoint = at::outer(weights, w.squeeze(0));
    for (std::size_t l = depth; l-- > 0;) {
      Layer &layer = layers[l];
      const Tensor stack = l > 0 ? layers[l - 1].h : at::cat({x, along}), below = upper(stack);
      Tensor z = upper(layer.z), next;
      with(below, layer, [&](const SkipLayer &of, auto real) {
        henrici::kernels::adjoint(of, data(layer.slope, real), data(adjoint, real), data(added[l], real), data(z, real));
        if (l > 0 || context->needs_input_grad(0)) {
          next = Matrix(layer.weight).multiply(z);
          join_back(of, data(adjoint, real), data(next, real));
        }
      });
      if (context->needs_input_grad(1 + 2 * l)) answer[1 + 2 * l] = Matrix(stack).multiply(layer.z.t());
      if (context->needs_input_grad(2 + 2 * l)) answer[2 + 2 * l] = z.sum(0);
      adjoint = next;
    }
    answer[0] = adjoint;
    return answer;
  }
};

std::tuple<Tensor, Tensor> fitting(const Tensor &x, at::TensorList parameters, c10::string_view activation, double gain)
{
  TORCH_CHECK(activation == "tanh" || activation == "silu", "expected tanh or silu, got ", activation);
  const auto answer = Fitting::apply(x, parameters, activation == "silu" ? Activation::silu : Activation::tanh, gain);
  return {answer[0], answer[1]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(henrici, m)
{
  m.def("fitting(Tensor x, Tensor[] parameters, str activation, float gain) -> (Tensor, Tensor)");
}
TORCH_LIBRARY_IMPL(henrici, CompositeImplicitAutograd, m) { m.impl("fitting", &fitting); }
