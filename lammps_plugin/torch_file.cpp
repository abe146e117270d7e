#include "torch_file.h"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "archive.h"
#include "memory.h"
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

/// Does forward() take parameters? Throws where it is not the contract's.
bool check_signature(const torch::jit::Module &script, const Metadata &metadata)
{
  const auto forward = script.find_method("forward");
  const std::size_t arguments = forward ? forward->function().getSchema().arguments().size() : 0;  // with self
  if (arguments != 6 && !metadata.parameters.empty())
    throw std::runtime_error("broke the contract: its metadata name parameters, expected "
                             "forward(species, row, neighbor, displacement, parameters) in its script");
  if (arguments != 5 && arguments != 6)
    throw std::runtime_error("broke the contract: expected forward(species, row, neighbor, displacement) in its script");
  return arguments == 6;
}

}  // namespace

/// The last "...Error: ..." of a script's traceback, else the first.
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

TorchFile read_torch_file(std::vector<char> archive)
{
  const auto members = archive_members(archive);
  const auto memory = std::make_shared<Memory>(std::move(archive));
  const auto reader = reading([&] { return std::make_unique<PyTorchStreamReader>(memory); });
  check_members(*reader, members, memory->size());
  if (!reader->hasRecord(METADATA))
    throw std::runtime_error("has no henrici.json inside; expected a file written by `henrici export`");
  TorchFile file{read_metadata(read_member(*reader, METADATA)),
                 reading([&] { return torch::jit::load(memory, torch::kCPU); }), false};
  reading([&] { check_memory(file.script); });
  file.takes_parameters = check_signature(file.script, file.metadata);
  file.script.eval();
  // Only displacements are differentiated: without this, autograd keeps what the gradient of every weight would need.
  for (auto weight : file.script.parameters()) weight.requires_grad_(false);
  return file;
}

}  // namespace henrici
