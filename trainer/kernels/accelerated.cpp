#include "accelerated.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "operators.h"

namespace henrici {

using torch::Tensor;

namespace {

constexpr std::int64_t BLOCK = 512;  // centres whose features are in the cache together

/// The species that occur, in order, and the number of each atom's among them. Throws unless all are 0 ... known - 1.
std::pair<Tensor, Tensor> numbered(const Tensor &species, std::int64_t known)
{
  const Tensor number = torch::empty_like(species);
  const auto *const t = species.data_ptr<std::int64_t>();
  auto *const n = number.data_ptr<std::int64_t>();
  const std::int64_t atoms = species.numel();
  for (std::int64_t i = 0; i < atoms; ++i)
    TORCH_CHECK_INDEX(t[i] >= 0 && t[i] < known, "species ", t[i], ": expected 0 ... ", known - 1);
  std::vector<std::int64_t> place(known, -1), present;
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

Accelerated::Accelerated(torch::jit::Module script) : script_(std::move(script))
{
  // What a script calls by these names may be anything, and fail in any way: then it is of another make.
  try {
    terms_ = terms_of(script_);
    if (!terms_.empty() && !agrees()) terms_.clear();
  } catch (const std::exception &) {
    terms_.clear();
  }
}

/// Whether forward() is what by_terms() takes it for: on one atom of each species with three neighbours of each, at distances
/// of bonds.
bool Accelerated::agrees()
{
  constexpr std::int64_t NEIGHBORS = 3, MOST = 256;  // more species than there are elements: no potential of ours
  const std::int64_t known = script_.attr("reference").toTensor().numel(), pairs = known * known * NEIGHBORS;
  if (known > MOST) return false;
  const Tensor species = torch::arange(known).repeat({1 + NEIGHBORS});
  const Tensor angle = torch::arange(pairs, torch::kFloat64).unsqueeze(1) * torch::tensor({1.0, 2.0, 3.0}, torch::kFloat64);
  const Tensor direction = angle.sin() + 0.1, r = 1.0 + 1.5 * angle.cos().square().narrow(1, 0, 1);  // angstrom
  std::vector<c10::IValue> inputs{species, torch::arange(known + 1) * (known * NEIGHBORS),
                                  known + torch::arange(known * NEIGHBORS).repeat({known}),
                                  r * direction / direction.norm(2, {1}, true)};
  if (script_.find_method("forward")->function().getSchema().arguments().size() > inputs.size() + 1)
    inputs.emplace_back(torch::zeros({known, script_.attr("parameter_mean").toTensor().numel()}, torch::kFloat64));
  const auto expected = script_.forward(inputs).toTuple();
  const auto [energies, gradients] = by_terms(inputs);
  const bool exact = static_cast<torch::ScalarType>(script_.attr("dtype").toInt()) == torch::kFloat64;
  const auto close = [&](const Tensor &mine, const Tensor &theirs) {  // float32 within what rounding may do
    const double tolerance = (exact ? 1e-8 : 1e-3) * (1 + theirs.abs().max().item<double>());
    return mine.scalar_type() == theirs.scalar_type() && mine.sizes() == theirs.sizes() &&
           (mine - theirs).abs().max().item<double>() <= tolerance;
  };
  return close(energies, expected->elements()[0].toTensor()) && close(gradients, expected->elements()[1].toTensor());
}

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
  return by_terms(inputs);
}

std::tuple<Tensor, Tensor> Accelerated::by_terms(const std::vector<c10::IValue> &inputs)
{
  const Tensor species = inputs[0].toTensor().contiguous(), row = inputs[1].toTensor().contiguous();
  const Tensor neighbor = inputs[2].toTensor().contiguous(), displacement = inputs[3].toTensor().contiguous();
  const c10::IValue parameters = inputs.size() > 4 ? inputs[4] : c10::IValue();
  const std::int64_t centers = row.numel() - 1;
  const Tensor q = script_.run_method("normalised", parameters, centers).toTensor();
  const Tensor reference = script_.attr("reference").toTensor(), scale = script_.attr("scale").toTensor();
  const Tensor r = displacement.detach().to(static_cast<torch::ScalarType>(script_.attr("dtype").toInt()));
  const auto [present, number] = numbered(species, reference.numel());
  check({row, neighbor, number, r, present.numel()});
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
  return {energies, gradients};
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
