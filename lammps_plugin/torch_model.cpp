// The side of torch: built into libhenricimodel.so, which loader.cpp opens.

#include "model.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "archive.h"
#include "script.h"

namespace henrici {
namespace {

using caffe2::serialize::PyTorchStreamReader;

constexpr const char *METADATA = "extra/henrici.json";

/// Lets torch read the archive where it lies.
class Memory final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit Memory(std::vector<char> bytes) : bytes_(std::move(bytes)) {}
  const std::vector<char> &bytes() const { return bytes_; }
  std::size_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t at, void *target, std::size_t count, const char *) const override
  {
    if (at >= bytes_.size()) return 0;
    count = std::min<std::size_t>(count, bytes_.size() - at);
    std::memcpy(target, bytes_.data() + at, count);
    return count;
  }

 private:
  std::vector<char> bytes_;
};

/// The one line of a torch error that says what happened: the last "...Error: ..." of a script's traceback, else the first.
std::string one_line(const std::exception &error)
{
  const auto *torch_error = dynamic_cast<const c10::Error *>(&error);
  std::istringstream text(torch_error ? torch_error->what_without_backtrace() : error.what());
  std::string first, last_error;
  for (std::string line; std::getline(text, line);) {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (first.empty()) first = line;
    if (line.find("Error: ") != std::string::npos) last_error = line;
  }
  const std::string &line = last_error.empty() ? first : last_error;
  return line.substr(0, line.find(". This is an internal miniz error"));  // advice of torch on checkpoints
}

/// Runs what torch does with the archive; whatever it says about it in many lines becomes one.
template <typename Work> auto reading(Work work)
{
  try {
    return work();
  } catch (const std::exception &error) {
    throw std::runtime_error("is not a readable TorchScript archive (" + one_line(error) +
                             "); copy or export the file again");
  }
}

std::string read_member(PyTorchStreamReader &reader, const std::string &name)
{
  // Into zeroed memory of our own: from a damaged member, torch may decompress too little and say nothing, and what it
  // allocates may still hold the right bytes from an earlier reading.
  std::string content(reader.getRecordSize(name), '\0');
  reader.getRecord(name, content.data(), content.size());
  return content;
}

/// torch.jit.load does not compare checksums: one flipped bit in a weight would go through as a slightly different model.
/// It runs scripts while it loads: what they may do is decided here.
void check_members(PyTorchStreamReader &reader, const std::vector<ArchiveMember> &members, std::size_t archive_size)
{
  constexpr std::size_t EXPANSION = 64 << 20;  // bytes; tensors are stored as they are, only scripts are compressed
  std::size_t unpacked = 0;
  for (const auto &member : members) {
    // The reader names members without the archive's folder.
    const std::string name = member.name.substr(member.name.find('/') + 1);
    const std::size_t size = reading([&] { return reader.getRecordSize(name); });
    if (size > archive_size + EXPANSION || (unpacked += size) > archive_size + EXPANSION)
      throw std::runtime_error("is corrupt: its member " + name + " unpacks to more than a model can hold; copy or "
                               "export the file again");
    const auto content = reading([&] { return read_member(reader, name); });
    if (crc32(content.data(), content.size()) != member.crc32)
      throw std::runtime_error("is corrupt: the checksum of its member " + name +
                               " is wrong; copy or export the file again");
    const bool script = name.size() > 3 && name.compare(name.size() - 3, 3, ".py") == 0;
    const auto forbidden = script ? forbidden_in_script(content) : "";
    if (!forbidden.empty())
      throw std::runtime_error("is refused: its script " + name + " uses '" + forbidden +
                               "', which is no arithmetic and may touch files; ask where the file comes from");
  }
}

void prepare(torch::jit::Module &module)
{
  const auto forward = module.find_method("forward");
  if (!forward || forward->function().getSchema().arguments().size() != 5)  // with self
    throw std::runtime_error("broke the contract: expected forward(species, row, neighbor, displacement) in its script");
  module.eval();
  // Only displacements are differentiated: without this, autograd keeps what the gradient of every weight would need.
  for (auto weight : module.parameters()) weight.requires_grad_(false);
}

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
  explicit TorchModel(std::vector<char> archive);

  const Metadata &metadata() const override { return metadata_; }
  Prediction evaluate(Environment &environment) override;
  void use_threads(int threads) override;

 private:
  Metadata metadata_;
  torch::jit::Module script_;
  torch::Tensor energy_, pair_gradient_;  // keep the last prediction alive
};

TorchModel::TorchModel(std::vector<char> archive)
{
  const auto members = archive_members(archive);
  const auto memory = std::make_shared<Memory>(std::move(archive));
  const auto reader = reading([&] { return std::make_unique<PyTorchStreamReader>(memory); });
  check_members(*reader, members, memory->size());
  if (!reader->hasRecord(METADATA))
    throw std::runtime_error("has no henrici.json inside; expected a file written by `henrici export`");
  metadata_ = read_metadata(read_member(*reader, METADATA));
  script_ = reading([&] { return torch::jit::load(memory, torch::kCPU); });
  prepare(script_);
}

Prediction TorchModel::evaluate(Environment &environment)
{
  const auto nodes = static_cast<std::int64_t>(environment.species.size());
  const auto centers = static_cast<std::int64_t>(environment.row.size()) - 1;
  const std::int64_t pairs = environment.row.back();

  // The plain interpreter. Neighbour counts change every few steps, and the profiling executor compiles again for what it has
  // not seen (1440 atoms of a small model: 28, 13, 14 ms for the first three steps, then 1.5); without it the first takes 5
  // and the others 1.5. It wins nothing back later: the time is spent inside the operators (DeepPot-SE, 1536 atoms: 200 ms in
  // either). The guard holds for this thread and this call, so a Python program around us keeps its own choice.
  const torch::jit::GraphOptimizerEnabledGuard plain_interpreter(false);
  const torch::AutoGradMode differentiate(true);  // not InferenceMode: the script differentiates
  c10::IValue answer;
  try {
    answer = script_.forward({view(environment.species, {nodes}), view(environment.row, {centers + 1}),
                              view(environment.neighbor, {pairs}), view(environment.displacement, {pairs, 3})});
  } catch (const std::exception &error) {
    throw std::runtime_error("failed in its script (" + one_line(error) + "); report it to who made the file");
  }
  if (!answer.isTuple() || answer.toTupleRef().elements().size() != 2)
    throw std::runtime_error("broke the contract: expected (energy, pair_gradient), got a " + answer.tagKind());
  const auto &elements = answer.toTupleRef().elements();
  energy_ = checked(elements[0], "energy", {centers});
  pair_gradient_ = checked(elements[1], "pair_gradient", {pairs, 3});
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
    // Names inside the file may hold anything, line ends and terminal commands too.
    std::string text = error.what();
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
    throw std::runtime_error(text);
  }
}
