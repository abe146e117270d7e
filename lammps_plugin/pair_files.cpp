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
#include "error.h"
#include "pair_henrici.h"
#include "text.h"

using namespace LAMMPS_NS;

/// Rank 0 reads for all: one file access instead of thousands, and every rank sees the same error.
std::vector<char> PairHenrici::read_file(const std::string &path) const
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
  bigint size = trouble.empty() ? static_cast<bigint>(bytes.size()) : -1;
  MPI_Bcast(&size, 1, MPI_LMP_BIGINT, 0, world);
  if (size < 0) error->all(FLERR, "pair_style henrici: cannot read the model file " + path + ": " + trouble);
  bytes.resize(size);
  constexpr bigint CHUNK = 1 << 30;  // MPI counts are ints
  for (bigint at = 0; at < size; at += CHUNK)
    MPI_Bcast(bytes.data() + at, static_cast<int>(std::min(CHUNK, size - at)), MPI_BYTE, 0, world);
  return bytes;
}

void PairHenrici::load(const henrici::Arguments &arguments)
{
  std::vector<std::unique_ptr<henrici::Model>> models;
  std::string trouble;
  for (const auto &path : arguments.models) {
    auto bytes = read_file(path);
    if (!trouble.empty()) continue;
    trouble = henrici::trouble_of([&] {
      models.push_back(henrici::open_model(std::move(bytes)));
      const int reach = models.back()->metadata().reach;
      if (reach != 1)
        throw std::runtime_error("reaches " + std::to_string(reach) + " cutoffs; the pair style supports models that reach 1");
    });
    if (!trouble.empty()) trouble = "the model file " + path + " " + trouble;
  }
  if (trouble.empty())
    trouble = henrici::trouble_of(
        [&] { committee_ = std::make_unique<henrici::Committee>(std::move(models), arguments.models); });

  // The ranks hold the same bytes, so they agree, unless the machine (out of memory) failed one of them.
  int failed = trouble.empty() ? 0 : 1, failures = 0;
  MPI_Allreduce(&failed, &failures, 1, MPI_INT, MPI_SUM, world);
  const std::string message = "pair_style henrici: " + trouble;
  if (failures == comm->nprocs) error->all(FLERR, message);
  if (failed) error->one(FLERR, message);
  if (failures) MPI_Barrier(world);  // the rank that failed ends the run
}
