#include "term.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <numeric>

#include "encoder.h"
#include "fitting.h"

namespace henrici {

using at::Tensor;

namespace {

/// sum += scale * energy; energy: of the centres order[0], order[1], ...
void add_energy(double *sum, double scale, const Tensor &energy, const std::int64_t *order)
{
  AT_DISPATCH_FLOATING_TYPES(energy.scalar_type(), "henrici::add_energy", [&] {
    const auto *const e = energy.data_ptr<scalar_t>();
    for (std::int64_t k = 0; k < energy.numel(); ++k) sum[order[k]] += scale * static_cast<double>(e[k]);
  });
}

/// AtomicNetworks and SharedNetwork with an encoder that the kernels have. A shared network sees a species by constant inputs
/// behind the descriptor, v_t, and is made one network for each species.
class NativeTerm final : public Term {
 public:
  NativeTerm(std::unique_ptr<Encoder> encoder, const torch::jit::Module &term) : encoder_(std::move(encoder))
  {
    const auto fitting = term.attr("fitting").toModule();
    const auto fold = [this](std::int64_t t) { return [this, t](Tensor &weight, Tensor &bias) { encoder_->fold(t, weight, bias); }; };
    if (!fitting.hasattr("layers")) {
      for (const auto &network : fitting.children())
        networks_.emplace_back(network, 0.0, fold(static_cast<std::int64_t>(networks_.size())));
      return;
    }
    const Tensor v = term.attr("encoder").toModule().attr("radial").toModule().attr("v").toTensor().detach();
    const Tensor energies = term.attr("bias").toTensor().detach();
    TORCH_CHECK(v.dim() == 2 && energies.numel() == v.size(0), "a shared network of another make");
    for (std::int64_t t = 0; t < v.size(0); ++t)
      networks_.emplace_back(fitting, energies[t].item<double>(), [&](Tensor &weight, Tensor &bias) {
        const std::int64_t size = encoder_->size(), constant = v.size(1);
        bias = bias + weight.narrow(1, size, constant).mv(v[t]);
        weight = at::cat({weight.narrow(1, 0, size), weight.slice(1, size + constant)}, 1);
        encoder_->fold(t, weight, bias);
      });
  }

  std::size_t species() const { return networks_.size(); }

  void use_species(const std::vector<std::int64_t> &own) override
  {
    own_ = own;
    encoder_->use_species(own);
  }

  void add(Workspace &workspace, const Tensor &q, std::size_t model, double scale, double *sum) const override
  {
    const at::AutoDispatchBelowADInplaceOrView no_graph;
    const std::int64_t size = encoder_->folded_size(), parameters = q.size(1);
    for (std::int64_t t = 0; t < workspace.species(); ++t) {
      const std::int64_t first = workspace.first[t], n = workspace.first[t + 1] - first;
      if (n == 0) continue;
      const std::int64_t *const order = workspace.order.data() + first;
      const FittingNetwork &network = networks_[own_[t]];
      const Tensor x = workspace.descriptor.of({n, network.inputs()}, q.scalar_type());
      encoder_->describe(workspace, t, x);
      if (parameters > 0) {
        const Tensor which = at::from_blob(const_cast<std::int64_t *>(order), {n}, at::kLong);
        x.narrow(1, size, parameters).copy_(q.index_select(0, which));
      }
      const Tensor energy = workspace.energy.of({n}, q.scalar_type());
      network.evaluate(x, energy, workspace.layers);
      add_energy(sum, scale, energy, order);
      encoder_->differentiate(workspace, t, x);
    }
    encoder_->keep(workspace, model, scale, q.scalar_type());
  }

 private:
  std::unique_ptr<Encoder> encoder_;
  std::vector<FittingNetwork> networks_;  // of each species that the potential knows
  std::vector<std::int64_t> own_;
};

/// Any term, by its methods. Each neighbour is an atom of its own to them.
class ScriptTerm final : public Term {
 public:
  explicit ScriptTerm(torch::jit::Module module) : module_(std::move(module)) {}

  void use_species(const std::vector<std::int64_t> &own) override { own_ = at::tensor(own, at::kLong); }

  void add(Workspace &workspace, const Tensor &q, std::size_t model, double scale, double *sum) const override
  {
    const torch::jit::GraphOptimizerEnabledGuard plain_interpreter(false);  // lammps_plugin/torch_model.cpp says why
    const torch::AutoGradMode differentiate(true);
    const Block &block = workspace.block();
    const auto view = [](const std::int64_t *numbers, std::int64_t count) {
      return at::from_blob(const_cast<std::int64_t *>(numbers), {count}, at::kLong);
    };
    const Tensor of_centers = own_.index_select(0, view(block.species, block.centers));
    const Tensor of_neighbors = own_.index_select(0, view(block.neighbor_species, workspace.pairs()));
    const Tensor center = at::repeat_interleave(at::arange(block.centers), view(block.row, block.centers + 1).diff());
    const Tensor neighbor = at::arange(block.centers, block.centers + workspace.pairs());
    torch::jit::Module module = module_;  // a reference; methods are not const
    const auto projected = module.run_method("project", at::cat({of_centers, of_neighbors}), center, neighbor,
                                             workspace.displacement(q.scalar_type()), block.centers).toTuple();
    Tensor features = projected->elements()[0].toTensor();
    const auto saved = projected->elements()[1].toTensorList();
    features.requires_grad_();
    const Tensor energy = module.run_method("energy", features, saved, of_centers, q).toTensor();
    const Tensor gradient = torch::autograd::grad({energy.sum()}, {features})[0];
    const Tensor pair_gradient = module.run_method("pullback", gradient, saved).toTensor();
    TORCH_CHECK(energy.numel() == block.centers && pair_gradient.numel() == 3 * workspace.pairs(), "a term of another make");
    std::vector<std::int64_t> order(block.centers);
    std::iota(order.begin(), order.end(), 0);
    add_energy(sum, scale, energy.detach().contiguous(), order.data());
    workspace.keep(model, scale, pair_gradient.detach().contiguous());
  }

 private:
  torch::jit::Module module_;
  Tensor own_;
};

}  // namespace

std::unique_ptr<Term> Term::of(const torch::jit::Module &term, std::int64_t species)
{
  if (term.hasattr("encoder") && term.hasattr("fitting")) {
    if (auto encoder = Encoder::of(term.attr("encoder").toModule())) {
      auto native = std::make_unique<NativeTerm>(std::move(encoder), term);
      TORCH_CHECK(native->species() == static_cast<std::size_t>(species), "networks of another make");
      return native;
    }
  }
  for (const char *const method : {"project", "energy", "pullback"})
    TORCH_CHECK(term.find_method(method), "a term without ", method, "()");
  return std::make_unique<ScriptTerm>(term);
}

}  // namespace henrici
