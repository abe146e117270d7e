// How far the models of a committee disagree, by the definitions and in the file format of DeePMD-kit and DP-GEN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace henrici {

/// Of forces, epsilon_i = sqrt(<|F_i - <F_i>|^2>) over the models: largest, smallest and mean over the atoms (Zhang et al., Comput.
/// Phys. Commun. 253, 107206, 2020). Of the virial tensor, sqrt(<(W_ab - <W_ab>)^2>) / N: largest, smallest and root mean
/// square over its nine components.
struct Deviation {
  double max_v, min_v, avg_v;
  double max_f, min_f, avg_f;
};

/// model_devi.out, as numpy.loadtxt and DP-GEN read it: a line is written whole, and at once.
/// Of a file that is there from an earlier run, lines of earlier steps stay and those from the first new step on are
/// replaced: a run that goes on from a restart leaves the file of the uninterrupted one.
class DeviationFile {
 public:
  /// Nothing is touched before the first line. Throws std::runtime_error where this process writes to `path` already.
  /// relative: to what the deviations of the forces are, eV/angstrom, besides the forces; 0 where they are not relative.
  DeviationFile(std::string path, double relative);
  ~DeviationFile();
  DeviationFile(const DeviationFile &) = delete;
  DeviationFile &operator=(const DeviationFile &) = delete;

  /// In eV and eV/angstrom, or relative. A second line of the same step replaces the first: forces are computed more than once in a line
  /// search, for trial moves, and where a run starts at the step that the last one ended with.
  /// Throws std::runtime_error (one line) where the file cannot be written, or holds something else.
  void write(std::int64_t step, const Deviation &deviation);

 private:
  void open(std::int64_t first_step);

  std::string path_, units_;
  std::FILE *file_ = nullptr;
  std::int64_t last_step_ = -1;
  std::size_t last_size_ = 0;  // of the last line, bytes
};

}  // namespace henrici
