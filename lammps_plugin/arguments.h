// pair_style henrici a.pt [b.pt ...] [forces mean|first] [every N] [file NAME] [relative F] [parameters NAME VALUE ...]
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace henrici {

struct Arguments {
  std::vector<std::string> models;                              // paths; several are a committee
  bool first = false;                                           // the first model's forces move the atoms, not the mean
  std::int64_t every = 100;                                     // steps between two lines of the deviations, 0: none
  std::string file;                                             // of the deviations; empty: the default name
  double relative = 0.0;                                        // eV/angstrom: they are fractions of |F_i| + relative; 0: they are not
  std::vector<std::pair<std::string, std::string>> parameters;  // name and value: a number or v_name
};

/// Throws std::runtime_error (one line) for what is not of the form above.
Arguments read_arguments(const std::vector<std::string> &words);

/// The number that a word is, whole. Throws std::runtime_error: expected `what`, got the word.
double read_number(const std::string &word, const std::string &what);

}  // namespace henrici
