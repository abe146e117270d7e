// Words for messages.
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace henrici {

inline std::string joined(const std::vector<std::string> &words)
{
  std::string text;
  for (const auto &word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Runs `work`: what it throws, or nothing. LAMMPS's own errors are then raised outside of a catch.
template <typename Work> std::string trouble_of(Work work)
{
  try {
    work();
  } catch (const std::exception &problem) {
    return problem.what();
  }
  return {};
}

}  // namespace henrici
