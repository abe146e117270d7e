// The zip archive around a TorchScript model, as far as its integrity is concerned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace henrici {

struct ArchiveMember {
  std::string name;     // with the archive's folder: "model/data/0"
  std::uint32_t crc32;  // of the uncompressed bytes, as the writer recorded it
};

/// Lists a zip archive that lies in memory. Throws std::runtime_error (one line) where there is none, or only a part of one.
std::vector<ArchiveMember> archive_members(const std::vector<char> &bytes);

/// CRC-32 of ISO 3309, the one that zip uses.
std::uint32_t crc32(const void *data, std::size_t size);

}  // namespace henrici
