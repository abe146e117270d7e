// The side of torch: built into libhenricimodel.so, which loader.cpp opens.

#include <ATen/Parallel.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "accelerated.h"
#include "model.h"
#include "torch_file.h"

namespace henrici {
namespace {

using torch::Tensor;

Tensor view(const std::int64_t *numbers, std::int64_t count)
{
  return torch::from_blob(const_cast<std::int64_t *>(numbers), {count}, torch::kInt64);
}

/// What the script answered.
Tensor checked(const c10::IValue &value, const char *name, at::IntArrayRef shape)
{
  const auto fail = [&](const std::string &got) {
    std::ostringstream text;
    text << "broke the contract: expected " << name << " as float64" << shape << ", got " << got;
    throw std::runtime_error(text.str());
  };
  if (!value.isTensor()) fail(value.tagKind());
  const auto tensor = value.toTensor().detach();
  if (tensor.scalar_type() != torch::kFloat64 || tensor.sizes() != shape) {
    std::ostringstream got;
    got << tensor.scalar_type() << tensor.sizes();
    fail(got.str());
  }
  return tensor.contiguous();
}

/// What `work` answers; what it throws is of the script.
template <typename Work> auto in_script(Work work)
{
  try {
    return work();
  } catch (const std::exception &error) {
    throw std::runtime_error("failed in its script (" + one_line(error) + "); report it to who made the file");
  }
}

struct TorchModel {
  explicit TorchModel(std::vector<char> archive) : file(read_torch_file(std::move(archive))), kernels(file.script) {}

  void run_script(Workspace &workspace, std::size_t model, const double *parameters, double *energy);

  TorchFile file;
  Accelerated kernels;
  Tensor own;  // its number of each species of the engine
};

/// A script of another make, as it is. Each neighbour is an atom of its own to it.
void TorchModel::run_script(Workspace &workspace, std::size_t model, const double *parameters, double *energy)
{
  const Block &block = workspace.block();
  const std::int64_t centers = block.centers, pairs = workspace.pairs();
  const auto count = static_cast<std::int64_t>(file.metadata.parameters.size());
  const auto species = torch::cat({view(block.species, centers), view(block.neighbor_species, pairs)});
  std::vector<c10::IValue> inputs{own.index_select(0, species), view(block.row, centers + 1),
                                  torch::arange(centers, centers + pairs),
                                  torch::from_blob(const_cast<double *>(block.displacement), {pairs, 3}, torch::kFloat64)};
  if (file.takes_parameters) {
    const auto values = torch::from_blob(const_cast<double *>(parameters), {centers, count}, torch::kFloat64);
    inputs.push_back(count ? c10::IValue(values) : c10::IValue());
  }
  // The plain interpreter. Neighbour counts change every few steps, and the profiling executor compiles again for what it has
  // not seen (1440 atoms of a small model: 28, 13, 14 ms for the first three steps, then 1.5); without it the first takes 5
  // and the others 1.5. It wins nothing back later: the time is spent inside the operators (DeepPot-SE, 1536 atoms: 200 ms in
  // either). The guard holds for this thread and this call, so a Python program around us keeps its own choice.
  const torch::jit::GraphOptimizerEnabledGuard plain_interpreter(false);
  const torch::AutoGradMode differentiate(true);  // not InferenceMode: the script differentiates
  const auto value = in_script([&] { return file.script.forward(std::move(inputs)); });
  if (!value.isTuple() || value.toTupleRef().elements().size() != 2)
    throw std::runtime_error("broke the contract: expected (energy, pair_gradient), got a " + value.tagKind());
  const auto &elements = value.toTupleRef().elements();
  std::copy_n(checked(elements[0], "energy", {centers}).data_ptr<double>(), centers, energy);
  workspace.keep(model, 1.0, checked(elements[1], "pair_gradient", {pairs, 3}));
}

class TorchModels final : public Models {
 public:
  void add(std::vector<char> archive) override;
  std::size_t size() const override { return models_.size(); }
  const Metadata &metadata(std::size_t model) const override { return models_[model]->file.metadata; }

  void use_species(std::size_t model, const std::vector<std::int64_t> &own) override
  {
    models_[model]->own = torch::tensor(own, torch::kInt64);
    if (models_[model]->kernels.native()) models_[model]->kernels.use_species(own);
  }

  void use_threads(int threads) override;
  int threads() const override { return native() ? threads_ : 1; }

  /// Scripts have costs for every call, and need more memory for every pair.
  std::int64_t block() const override { return native() ? Accelerated::BLOCK : 2048; }

  void begin(int thread, const Block &block, std::int64_t species) override { workspaces_[thread].begin(block, species); }
  void evaluate(int thread, std::size_t model, const double *parameters, double *energy) override;

  void pull_back(int thread, std::int64_t first, std::int64_t count, const std::vector<double *> &pair_gradient) override
  {
    workspaces_[thread].pull_back(first, count, pair_gradient);
  }

 private:
  bool native() const
  {
    return std::all_of(models_.begin(), models_.end(), [](const auto &model) { return model->kernels.native(); });
  }

  std::vector<std::unique_ptr<TorchModel>> models_;
  int threads_ = 1;
  std::vector<Workspace> workspaces_{1};  // one a thread
};

void TorchModels::add(std::vector<char> archive)
{
  try {
    models_.push_back(std::make_unique<TorchModel>(std::move(archive)));
  } catch (const std::exception &error) {
    // Names inside the file may hold anything: line ends, terminal commands, bytes that are no text.
    std::string text = error.what();
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
    throw std::runtime_error(text);
  }
}

void TorchModels::evaluate(int thread, std::size_t model, const double *parameters, double *energy)
{
  TorchModel &one = *models_[model];
  Workspace &workspace = workspaces_[thread];
  if (one.kernels.native())
    in_script([&] { one.kernels.evaluate(workspace, model, parameters, energy); });
  else
    one.run_script(workspace, model, parameters, energy);
}

void TorchModels::use_threads(int threads)
{
  threads_ = threads;
  workspaces_.resize(threads);
  at::set_num_threads(threads);
  // torch allows this once a process, and a Python program around us may have done it already.
  try {
    if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
  } catch (const std::exception &) {
  }
}

}  // namespace
}  // namespace henrici

/// The caller owns what it gets.
extern "C" __attribute__((visibility("default"))) henrici::Models *henrici_open_models()
{
  return std::make_unique<henrici::TorchModels>().release();
}
