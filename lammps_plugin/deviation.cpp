#include "deviation.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <utility>

namespace henrici {
namespace {

constexpr const char *COLUMNS =
    "#       step         max_devi_v         min_devi_v         avg_devi_v         max_devi_f         min_devi_f         "
    "avg_devi_f";

std::set<std::string> &taken()
{
  static std::set<std::string> paths;
  return paths;
}

std::runtime_error cannot(const std::string &what, const std::string &path)
{
  return std::runtime_error("cannot " + what + " " + path + ": " + std::strerror(errno));
}

std::string units(double relative)
{
  char level[32];
  std::snprintf(level, sizeof level, "%g", relative);
  return std::string("# v: eV an atom; f: ") +
      (relative > 0 ? "relative to |F_i| + " + std::string(level) + " eV/angstrom" : "eV/angstrom");
}

/// Header, and the lines of earlier steps of a file that may be there.
std::string kept_lines(const std::string &path, const std::string &units, std::int64_t first_step)
{
  std::string kept = std::string(COLUMNS) + "\n" + units + "\n";
  std::ifstream old(path);
  std::string line;
  if (!old || !std::getline(old, line)) return kept;
  if (line != COLUMNS)
    throw std::runtime_error("expected deviations of models or no file at " + path +
                             ", found something else; name another with file");
  while (std::getline(old, line)) {
    if (line.empty() || line[0] == '#' || old.eof()) continue;  // without its line end, the last is not whole
    if (std::strtoll(line.c_str(), nullptr, 10) < first_step) kept += line + "\n";
  }
  return kept;
}

}  // namespace

DeviationFile::DeviationFile(std::string path, double relative) :
    path_(std::filesystem::absolute(path).lexically_normal().string()), units_(units(relative))
{
  if (!taken().insert(path_).second)
    throw std::runtime_error("expected a file of its own for each committee, got " + path + " again; name another with file");
}

DeviationFile::~DeviationFile()
{
  if (file_) std::fclose(file_);
  taken().erase(path_);
}

void DeviationFile::open(std::int64_t first_step)
{
  const std::string kept = kept_lines(path_, units_, first_step);
  const std::string temporary = path_ + ".part";
  file_ = std::fopen(temporary.c_str(), "w");
  if (!file_) throw cannot("write", path_);
  if (std::fputs(kept.c_str(), file_) < 0 || std::fflush(file_) != 0) throw cannot("write", path_);
  if (std::rename(temporary.c_str(), path_.c_str()) != 0) throw cannot("write", path_);
}

void DeviationFile::write(std::int64_t step, const Deviation &deviation)
{
  const auto &[max_v, min_v, avg_v, max_f, min_f, avg_f] = deviation;
  char text[256];
  std::snprintf(text, sizeof text, "%12lld %18.10e %18.10e %18.10e %18.10e %18.10e %18.10e", static_cast<long long>(step),
                max_v, min_v, avg_v, max_f, min_f, avg_f);
  std::string line = text;
  if (!file_) open(step);
  if (step == last_step_) {
    line.resize(std::max(line.size(), last_size_ - 1), ' ');  // nothing of the first may show behind its end
    if (std::fseek(file_, -static_cast<long>(last_size_), SEEK_CUR) != 0) throw cannot("write", path_);
  }
  line += '\n';
  if (std::fputs(line.c_str(), file_) < 0 || std::fflush(file_) != 0) throw cannot("write", path_);
  last_step_ = step;
  last_size_ = line.size();
}

}  // namespace henrici
