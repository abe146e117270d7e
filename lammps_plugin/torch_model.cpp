// The side of torch: built into libhenricimodel.so, which loader.cpp opens.

#include "model.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "accelerated.h"
#include "torch_file.h"

namespace henrici {
namespace {

template <typename T> torch::Tensor view(std::vector<T> &buffer, at::IntArrayRef shape)
{
  return torch::from_blob(buffer.data(), shape, torch::TensorOptions(c10::CppTypeToScalarType<T>::value));
}

torch::Tensor checked(const c10::IValue &value, const char *name, at::IntArrayRef shape)
{
  const auto fail = [&](const std::string &got) {
    std::ostringstream text;
    text << "broke the contract: expected " << name << " as float64" << shape << ", got " << got;
    throw std::runtime_error(text.str());
  };
  if (!value.isTensor()) fail(value.tagKind());
  // Detached, so that the graph of this step is freed now and not at the next one.
  const auto tensor = value.toTensor().detach();
  if (tensor.scalar_type() != torch::kFloat64 || tensor.sizes() != shape) {
    std::ostringstream got;
    got << tensor.scalar_type() << tensor.sizes();
    fail(got.str());
  }
  return tensor.contiguous();
}

class TorchModel final : public Model {
 public:
  explicit TorchModel(std::vector<char> archive) :
      file_(read_torch_file(std::move(archive))), script_(file_.script)
  {
  }

  const Metadata &metadata() const override { return file_.metadata; }
  Prediction evaluate(Nodes &nodes, Pairs &pairs) override;
  void use_threads(int threads) override;

 private:
  TorchFile file_;
  Accelerated script_;
  torch::Tensor energy_, pair_gradient_;  // keep the last prediction alive
};

Prediction TorchModel::evaluate(Nodes &nodes, Pairs &pairs)
{
  const auto count = static_cast<std::int64_t>(nodes.species.size());
  const auto centers = static_cast<std::int64_t>(pairs.row.size()) - 1;
  const std::int64_t edges = pairs.row.back();
  const auto parameters = static_cast<std::int64_t>(file_.metadata.parameters.size());

  std::vector<c10::IValue> inputs{view(nodes.species, {count}), view(pairs.row, {centers + 1}),
                                  view(pairs.neighbor, {edges}), view(pairs.displacement, {edges, 3})};
  if (file_.takes_parameters)
    inputs.push_back(parameters ? c10::IValue(view(nodes.parameters, {centers, parameters})) : c10::IValue());

  // The plain interpreter. Neighbour counts change every few steps, and the profiling executor compiles again for what it has
  // not seen (1440 atoms of a small model: 28, 13, 14 ms for the first three steps, then 1.5); without it the first takes 5
  // and the others 1.5. It wins nothing back later: the time is spent inside the operators (DeepPot-SE, 1536 atoms: 200 ms in
  // either). The guard holds for this thread and this call, so a Python program around us keeps its own choice.
  const torch::jit::GraphOptimizerEnabledGuard plain_interpreter(false);
  const torch::AutoGradMode differentiate(true);  // not InferenceMode: the script differentiates
  c10::IValue answer;
  try {
    answer = script_.forward(std::move(inputs));
  } catch (const std::exception &error) {
    throw std::runtime_error("failed in its script (" + one_line(error) + "); report it to who made the file");
  }
  if (!answer.isTuple() || answer.toTupleRef().elements().size() != 2)
    throw std::runtime_error("broke the contract: expected (energy, pair_gradient), got a " + answer.tagKind());
  const auto &elements = answer.toTupleRef().elements();
  energy_ = checked(elements[0], "energy", {centers});
  pair_gradient_ = checked(elements[1], "pair_gradient", {edges, 3});
  return {energy_.data_ptr<double>(), pair_gradient_.data_ptr<double>()};
}

void TorchModel::use_threads(int threads)
{
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
extern "C" __attribute__((visibility("default"))) henrici::Model *henrici_open_model(std::vector<char> &archive)
{
  try {
    return std::make_unique<henrici::TorchModel>(std::move(archive)).release();
  } catch (const std::exception &error) {
    // Names inside the file may hold anything: line ends, terminal commands, bytes that are no text.
    std::string text = error.what();
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
    throw std::runtime_error(text);
  }
}
