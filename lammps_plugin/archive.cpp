#include "archive.h"

#include <array>
#include <stdexcept>

namespace henrici {
namespace {

// Sizes and signatures from PKWARE's APPNOTE.TXT, sections 4.3.12 and 4.3.16.
constexpr std::uint32_t LOCAL_SIGNATURE = 0x04034b50;
constexpr std::uint32_t ENTRY_SIGNATURE = 0x02014b50;
constexpr std::uint32_t END_SIGNATURE = 0x06054b50;
constexpr std::size_t ENTRY_SIZE = 46;
constexpr std::size_t END_SIZE = 22;
constexpr std::size_t LONGEST_COMMENT = 0xffff;

std::uint32_t little_endian(const char *at, int width)
{
  std::uint32_t value = 0;
  for (int i = width - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

std::size_t find_end_record(const std::vector<char> &bytes)
{
  if (bytes.size() < 4 || little_endian(bytes.data(), 4) != LOCAL_SIGNATURE)
    throw std::runtime_error("is not a TorchScript archive; expected a file written by `henrici export`");
  if (bytes.size() >= END_SIZE) {
    const std::size_t last = bytes.size() - END_SIZE;
    const std::size_t first = last > LONGEST_COMMENT ? last - LONGEST_COMMENT : 0;
    for (std::size_t at = last + 1; at-- > first;)
      if (little_endian(&bytes[at], 4) == END_SIGNATURE) return at;
  }
  throw std::runtime_error("is truncated: the archive has no end record; copy or export the file again");
}

}  // namespace

std::vector<ArchiveMember> archive_members(const std::vector<char> &bytes)
{
  const std::size_t end = find_end_record(bytes);
  const std::uint32_t count = little_endian(&bytes[end + 10], 2);
  std::size_t at = little_endian(&bytes[end + 16], 4);

  std::vector<ArchiveMember> members;
  for (std::uint32_t i = 0; i < count; ++i) {
    // Every length below comes from the file, so nothing is read before it is known to lie inside.
    if (at + ENTRY_SIZE > end || little_endian(&bytes[at], 4) != ENTRY_SIGNATURE)
      throw std::runtime_error("is corrupt: the archive's directory is damaged; copy or export the file again");
    const std::size_t name_size = little_endian(&bytes[at + 28], 2);
    const std::size_t extra_size = little_endian(&bytes[at + 30], 2);
    const std::size_t comment_size = little_endian(&bytes[at + 32], 2);
    const std::size_t next = at + ENTRY_SIZE + name_size + extra_size + comment_size;
    if (next > end)
      throw std::runtime_error("is corrupt: the archive's directory is damaged; copy or export the file again");
    members.push_back({std::string(&bytes[at + ENTRY_SIZE], name_size), little_endian(&bytes[at + 16], 4)});
    at = next;
  }
  return members;
}

std::uint32_t crc32(const void *data, std::size_t size)
{
  static const auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t byte = 0; byte < t.size(); ++byte) {
      std::uint32_t remainder = byte;
      for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ (remainder & 1 ? 0xedb88320u : 0u);
      t[byte] = remainder;
    }
    return t;
  }();
  const auto *byte = static_cast<const unsigned char *>(data);
  std::uint32_t crc = 0xffffffffu;
  for (std::size_t i = 0; i < size; ++i) crc = (crc >> 8) ^ table[(crc ^ byte[i]) & 0xff];
  return ~crc;
}

}  // namespace henrici
