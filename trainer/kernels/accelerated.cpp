#include "accelerated.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "operators.h"

namespace henrici {

using torch::Tensor;

namespace {

constexpr std::int64_t BLOCK = 512;  // centres whose features are in the cache together

/// The species that occur, in order, and the number of each atom's among them.
std::pair<Tensor, Tensor> numbered(const Tensor &species)
{
  const Tensor number = torch::empty_like(species);
  const auto *const t = species.data_ptr<std::int64_t>();
  auto *const n = number.data_ptr<std::int64_t>();
  const std::int64_t atoms = species.numel();
  std::vector<std::int64_t> place(atoms ? 1 + *std::max_element(t, t + atoms) : 0, -1), present;
  for (std::int64_t i = 0; i < atoms; ++i) place[t[i]] = 0;
  for (std::size_t s = 0; s < place.size(); ++s)
    if (place[s] == 0) {
      place[s] = static_cast<std::int64_t>(present.size());
      present.push_back(static_cast<std::int64_t>(s));
    }
  for (std::int64_t i = 0; i < atoms; ++i) n[i] = place[t[i]];
  return {torch::tensor(present, torch::kInt64), number};
}

bool has(const torch::jit::Module &module, std::initializer_list<const char *> names)
{
  return std::all_of(names.begin(), names.end(), [&](const char *name) { return module.hasattr(name); });
}

}  // namespace

struct Accelerated::Block {
  Tensor species, present, number;    // of all atoms
  Tensor row, neighbor, displacement; // of the block's centres
  Tensor of_centers, q;               // species and parameters of the centres
};

Accelerated::Accelerated(torch::jit::Module script) : script_(std::move(script)), terms_(terms_of(script_)) {}

std::vector<Accelerated::Term> Accelerated::terms_of(const torch::jit::Module &script)
{
  if (!has(script, {"terms", "reference", "scale", "dtype"}) || !script.find_method("normalised")) return {};
  std::vector<Term> terms;
  for (const auto &module : script.attr("terms").toModule().children()) {
    Term term{module, {}};
    if (!module.find_method("project") || !module.find_method("energy") || !module.find_method("pullback")) return {};
    if (has(module, {"encoder"})) {
      const auto encoder = module.attr("encoder").toModule();
      if (has(encoder, {"basis", "axis"})) {
        const auto basis = encoder.attr("basis").toModule();
        if (!has(basis, {"pieces", "r_s", "r_c", "intervals"})) return {};
        term.basis = basis_of(basis.attr("pieces").toTensor(), basis.attr("r_s").toDouble(), basis.attr("r_c").toDouble(),
                              basis.attr("intervals").toInt());
      }
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

c10::IValue Accelerated::forward(std::vector<c10::IValue> inputs)
{
  if (terms_.empty()) return script_.forward(std::move(inputs));
  const Tensor species = inputs[0].toTensor(), row = inputs[1].toTensor(), neighbor = inputs[2].toTensor();
  const Tensor displacement = inputs[3].toTensor();
  const c10::IValue parameters = inputs.size() > 4 ? inputs[4] : c10::IValue();
  const std::int64_t centers = row.numel() - 1;
  const Tensor q = script_.run_method("normalised", parameters, centers).toTensor();
  const Tensor reference = script_.attr("reference").toTensor(), scale = script_.attr("scale").toTensor();
  const Tensor r = displacement.detach().to(static_cast<torch::ScalarType>(script_.attr("dtype").toInt()));
  const auto [present, number] = numbered(species);
  const auto *const pointer = row.data_ptr<std::int64_t>();
  Tensor energies = reference.index_select(0, species.narrow(0, 0, centers)), gradients = torch::zeros_like(displacement);
  for (std::int64_t first = 0; first < centers; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, centers - first), begin = pointer[first];
    const std::int64_t pairs = pointer[first + count] - begin;
    const Block block{species, present, number, row.narrow(0, first, count + 1) - begin,
                      neighbor.narrow(0, begin, pairs), r.narrow(0, begin, pairs), species.narrow(0, first, count),
                      q.narrow(0, first, count)};
    for (auto &term : terms_) {
      const auto [energy, gradient] = evaluate(term, block);
      energies.narrow(0, first, count).add_(scale * energy.to(torch::kFloat64));
      gradients.narrow(0, begin, pairs).add_(scale * gradient);
    }
  }
  return std::tuple(energies, gradients);
}

/// features -> dE/d features -> dE/d displacement
std::tuple<Tensor, Tensor> Accelerated::evaluate(Term &term, const Block &block)
{
  const std::int64_t centers = block.row.numel() - 1;
  const Graph graph{block.row, block.neighbor, block.number, block.displacement, block.present.numel()};
  Tensor features;
  c10::List<Tensor> saved;
  if (term.basis) {
    features = project(graph, *term.basis);
    saved.push_back(block.present);
    saved.push_back(block.of_centers);
  } else {
    const Tensor center = torch::repeat_interleave(torch::arange(centers), block.row.diff());
    const auto answer =
        term.module.run_method("project", block.species, center, block.neighbor, block.displacement, centers).toTuple();
    features = answer->elements()[0].toTensor();
    saved = answer->elements()[1].toTensorList();
  }
  features.requires_grad_();
  const Tensor energy = term.module.run_method("energy", features, saved, block.of_centers, block.q).toTensor();
  const Tensor gradient = torch::autograd::grad({energy.sum()}, {features})[0];
  return {energy.detach(), term.basis ? pull_back(graph, *term.basis, gradient)
                                      : term.module.run_method("pullback", gradient, saved).toTensor()};
}

}  // namespace henrici
