#include "accelerated.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <numeric>

#include "operators.h"

// Of MKL, which torch has inside on x86; absent elsewhere.
extern "C" __attribute__((weak)) int MKL_Set_Num_Threads_Local(int threads);

namespace henrici {

using at::Tensor;

namespace {

/// While it lives, this thread computes alone what torch's operators and MKL would divide: other threads have blocks of their own.
class Alone {
 public:
  Alone() : before_(at::get_num_threads())
  {
    omp_set_num_threads(1);
    if (MKL_Set_Num_Threads_Local) products_before_ = MKL_Set_Num_Threads_Local(1);
  }
  ~Alone()
  {
    omp_set_num_threads(before_);
    if (MKL_Set_Num_Threads_Local) MKL_Set_Num_Threads_Local(products_before_);
  }
  Alone(const Alone &) = delete;
  Alone &operator=(const Alone &) = delete;

 private:
  const int before_;
  int products_before_ = 0;  // 0: what all threads have
};

std::vector<double> numbers(const Tensor &tensor)
{
  const Tensor values = tensor.detach().to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

/// The species that occur, in order, and the number of each atom's among them. Throws unless all are 0 ... known - 1.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> numbered(const Tensor &species, std::int64_t known)
{
  const auto *const t = species.data_ptr<std::int64_t>();
  const std::int64_t atoms = species.numel();
  std::vector<std::int64_t> place(known, -1), present, number(atoms);
  for (std::int64_t i = 0; i < atoms; ++i) {
    TORCH_CHECK_INDEX(t[i] >= 0 && t[i] < known, "species ", t[i], ": expected 0 ... ", known - 1);
    place[t[i]] = 0;
  }
  for (std::int64_t s = 0; s < known; ++s)
    if (place[s] == 0) {
      place[s] = static_cast<std::int64_t>(present.size());
      present.push_back(s);
    }
  for (std::int64_t i = 0; i < atoms; ++i) number[i] = place[t[i]];
  return {present, number};
}

}  // namespace

Accelerated::Accelerated(torch::jit::Module script) : script_(std::move(script))
{
  // What a script calls by these names may be anything, and fail in any way: then it is of another make.
  try {
    reference_ = numbers(script_.attr("reference").toTensor());
    mean_ = numbers(script_.attr("parameter_mean").toTensor());
    std_ = numbers(script_.attr("parameter_std").toTensor());
    scale_ = script_.attr("scale").toTensor().item<double>();
    dtype_ = static_cast<at::ScalarType>(script_.attr("dtype").toInt());
    TORCH_CHECK(mean_.size() == std_.size() && (dtype_ == at::kFloat || dtype_ == at::kDouble), "a potential of another make");
    for (const auto &term : script_.attr("terms").toModule().children())
      terms_.push_back(Term::of(term, static_cast<std::int64_t>(reference_.size())));
    std::vector<std::int64_t> all(reference_.size());
    std::iota(all.begin(), all.end(), 0);
    use_species(all);
    if (!agrees()) terms_.clear();
  } catch (const std::exception &) {
    terms_.clear();
  }
}

void Accelerated::use_species(const std::vector<std::int64_t> &own)
{
  if (own == own_) return;
  for (const auto &term : terms_) term->use_species(own);
  own_ = own;
}

void Accelerated::evaluate(Workspace &workspace, std::size_t model, const double *parameters, double *energy) const
{
  const Alone alone;
  const Block &block = workspace.block();
  const auto count = static_cast<std::int64_t>(mean_.size());
  for (std::int64_t i = 0; i < block.centers; ++i) energy[i] = reference_[own_[block.species[i]]];
  const Tensor normalised = at::empty({block.centers, count}, at::kDouble);
  for (std::int64_t k = 0; k < normalised.numel(); ++k)
    normalised.data_ptr<double>()[k] = (parameters[k] - mean_[k % count]) / std_[k % count];
  const Tensor q = normalised.to(dtype_);
  for (const auto &term : terms_) term->add(workspace, q, model, scale_, energy);
}

c10::IValue Accelerated::forward(std::vector<c10::IValue> inputs)
{
  if (!native()) return script_.forward(std::move(inputs));
  return by_blocks(inputs);
}

std::tuple<Tensor, Tensor> Accelerated::by_blocks(const std::vector<c10::IValue> &inputs)
{
  const Tensor species = inputs[0].toTensor().contiguous(), row = inputs[1].toTensor().contiguous();
  const Tensor neighbor = inputs[2].toTensor().contiguous(), displacement = inputs[3].toTensor().detach().contiguous();
  check(row, neighbor, species, displacement);
  const std::int64_t centers = row.numel() - 1, pairs = neighbor.numel();
  const bool given = inputs.size() > 4 && inputs[4].isTensor();
  const Tensor parameters = given ? inputs[4].toTensor().to(at::kDouble).contiguous() : at::empty({centers, 0}, at::kDouble);
  if (parameters.dim() != 2 || parameters.size(0) != centers || parameters.size(1) != static_cast<std::int64_t>(mean_.size()))
    script_.run_method("normalised", given ? inputs[4] : c10::IValue(), centers);  // says what is wrong
  const Tensor r = displacement.to(at::kDouble);
  const auto [present, number] = numbered(species, static_cast<std::int64_t>(reference_.size()));
  use_species(present);
  std::vector<std::int64_t> neighbor_species(pairs);
  for (std::int64_t e = 0; e < pairs; ++e) neighbor_species[e] = number[neighbor.data_ptr<std::int64_t>()[e]];
  workspaces_.resize(std::max<std::size_t>(workspaces_.size(), at::get_num_threads()));
  const Tensor energy = at::empty({centers}, at::kDouble), gradient = at::empty({pairs, 3}, at::kDouble);
  const auto *const pointer = row.data_ptr<std::int64_t>();
  const Blocks blocks(centers, BLOCK, at::get_num_threads());
  const auto work = [&](std::int64_t block) {
    const std::int64_t first = block * blocks.size, count = std::min(blocks.size, centers - first), begin = pointer[first];
    std::vector<std::int64_t> rows(count + 1);
    for (std::int64_t i = 0; i <= count; ++i) rows[i] = pointer[first + i] - begin;
    Workspace &workspace = workspaces_[at::get_thread_num()];
    workspace.begin({count, rows.data(), number.data() + first, neighbor_species.data() + begin,
                     r.data_ptr<double>() + 3 * begin},
                    static_cast<std::int64_t>(present.size()));
    evaluate(workspace, 0, parameters.data_ptr<double>() + first * parameters.size(1), energy.data_ptr<double>() + first);
    workspace.pull_back(0, count, {gradient.data_ptr<double>() + 3 * begin});
  };
  at::parallel_for(0, blocks.count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) work(block);
  });
  return {energy, gradient.to(displacement.scalar_type())};
}

/// Whether forward() is what by_blocks() takes it for: on one atom of each species with three neighbours of each, at distances
/// of bonds.
bool Accelerated::agrees()
{
  constexpr std::int64_t NEIGHBORS = 3, MOST = 256;  // more species than there are elements: no potential of ours
  const auto known = static_cast<std::int64_t>(reference_.size()), pairs = known * known * NEIGHBORS;
  if (known > MOST) return false;
  const Tensor species = at::arange(known).repeat({1 + NEIGHBORS});
  const Tensor angle = at::arange(pairs, at::kDouble).unsqueeze(1) * at::tensor({1.0, 2.0, 3.0}, at::kDouble);
  const Tensor direction = angle.sin() + 0.1, r = 1.0 + 1.5 * angle.cos().square().narrow(1, 0, 1);  // angstrom
  std::vector<c10::IValue> inputs{species, at::arange(known + 1) * (known * NEIGHBORS),
                                  known + at::arange(known * NEIGHBORS).repeat({known}),
                                  r * direction / direction.norm(2, {1}, true)};
  if (script_.find_method("forward")->function().getSchema().arguments().size() > inputs.size() + 1)
    inputs.emplace_back(at::zeros({known, static_cast<std::int64_t>(mean_.size())}, at::kDouble));
  const auto expected = script_.forward(inputs).toTuple();
  const auto [energies, gradients] = by_blocks(inputs);
  const auto close = [&](const Tensor &mine, const Tensor &theirs) {  // float32 within what rounding may do
    const double tolerance = (dtype_ == at::kDouble ? 1e-8 : 1e-3) * (1 + theirs.abs().max().item<double>());
    return mine.scalar_type() == theirs.scalar_type() && mine.sizes() == theirs.sizes() &&
           (mine - theirs).abs().max().item<double>() <= tolerance;
  };
  return close(energies, expected->elements()[0].toTensor()) && close(gradients, expected->elements()[1].toTensor());
}

}  // namespace henrici
