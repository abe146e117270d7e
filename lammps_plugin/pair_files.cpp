// The model files of pair_style henrici.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "arguments.h"
#include "comm.h"
#include "committee.h"
#include "pair_henrici.h"
#include "text.h"

using namespace LAMMPS_NS;

/// Rank 0 reads for all: one file access instead of thousands.
std::vector<char> PairHenrici::read_file(const std::string &path)
{
  std::vector<char> bytes;
  std::string trouble;
  if (comm->me == 0) {
    std::error_code code;
    const auto size = std::filesystem::file_size(path, code);
    std::ifstream file(path, std::ios::binary);
    if (code || !file) {
      trouble = code ? code.message() : std::strerror(errno);
    } else {
      bytes.resize(size);
      if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) trouble = "reading failed";
    }
  }
  stop_for(trouble.empty() ? "" : "cannot read the model file " + path + ": " + trouble);
  bigint size = static_cast<bigint>(bytes.size());
  MPI_Bcast(&size, 1, MPI_LMP_BIGINT, 0, world);
  bytes.resize(size);
  constexpr bigint CHUNK = 1 << 30;  // MPI counts are ints
  for (bigint at = 0; at < size; at += CHUNK)
    MPI_Bcast(bytes.data() + at, static_cast<int>(std::min(CHUNK, size - at)), MPI_BYTE, 0, world);
  return bytes;
}

void PairHenrici::load(const henrici::Arguments &arguments)
{
  std::unique_ptr<henrici::Models> models;
  std::string trouble = henrici::trouble_of([&] { models = henrici::open_models(); });
  for (const auto &path : arguments.models) {
    auto bytes = read_file(path);
    if (!trouble.empty()) continue;
    trouble = henrici::trouble_of([&] {
      models->add(std::move(bytes));
      const int reach = models->metadata(models->size() - 1).reach;
      if (reach != 1)
        throw std::runtime_error("reaches " + std::to_string(reach) + " cutoffs; the pair style supports models that reach 1");
    });
    if (!trouble.empty()) trouble = "the model file " + path + " " + trouble;
  }
  if (trouble.empty())
    trouble = henrici::trouble_of(
        [&] { committee_ = std::make_unique<henrici::Committee>(std::move(models), arguments.models); });
  stop_for(trouble);
}
