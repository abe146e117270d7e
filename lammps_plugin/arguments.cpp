#include "arguments.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace henrici {
namespace {

constexpr std::array KEYWORDS{"forces", "every", "file", "relative", "parameters"};

bool is_keyword(const std::string &word) { return std::find(KEYWORDS.begin(), KEYWORDS.end(), word) != KEYWORDS.end(); }

std::int64_t read_every(const std::string &word)
{
  const double value = read_number(word, "a number of steps after every");
  if (value < 0 || value != std::floor(value) || value > 1e15)
    throw std::runtime_error("expected a number of steps after every (0 for no file), got " + word);
  return static_cast<std::int64_t>(value);
}

double read_positive(const std::string &word)
{
  const double value = read_number(word, "a force in eV/angstrom after relative");
  if (!(value > 0)) throw std::runtime_error("expected a force > 0, in eV/angstrom, after relative, got " + word);
  return value;
}

bool read_first(const std::string &word)
{
  if (word != "mean" && word != "first") throw std::runtime_error("expected forces mean or forces first, got forces " + word);
  return word == "first";
}

}  // namespace

double read_number(const std::string &word, const std::string &what)
{
  std::size_t used = 0;
  double value = 0.0;
  try {
    value = std::stod(word, &used);
  } catch (const std::exception &) {
  }
  if (used == 0 || used != word.size() || !std::isfinite(value))
    throw std::runtime_error("expected " + what + ", got " + word);
  return value;
}

Arguments read_arguments(const std::vector<std::string> &words)
{
  Arguments arguments;
  auto word = words.begin();
  while (word != words.end() && !is_keyword(*word)) arguments.models.push_back(*word++);
  if (arguments.models.empty())
    throw std::runtime_error("expected one or more model files (pair_style henrici model.pt), got " +
                             (words.empty() ? "none" : words.front()));

  std::vector<std::string> seen;
  while (word != words.end()) {
    const std::string keyword = *word++;
    if (!is_keyword(keyword))
      throw std::runtime_error("expected forces, every, file, relative or parameters after the model files, got " + keyword);
    if (std::find(seen.begin(), seen.end(), keyword) != seen.end())
      throw std::runtime_error("expected " + keyword + " once, got it again");
    seen.push_back(keyword);
    std::vector<std::string> values;
    while (word != words.end() && !is_keyword(*word) && (keyword == "parameters" || values.empty()))
      values.push_back(*word++);
    if (values.empty()) throw std::runtime_error("expected a value after " + keyword + ", got none");

    if (keyword == "forces") arguments.first = read_first(values.front());
    if (keyword == "every") arguments.every = read_every(values.front());
    if (keyword == "file") arguments.file = values.front();
    if (keyword == "relative") arguments.relative = read_positive(values.front());
    if (keyword != "parameters") continue;
    if (values.size() % 2)
      throw std::runtime_error("expected a name and a value for each of the parameters, got " + values.back() +
                               " without a value");
    for (std::size_t n = 0; n < values.size(); n += 2) arguments.parameters.emplace_back(values[n], values[n + 1]);
  }
  const bool about_deviations = std::any_of(seen.begin(), seen.end(), [](auto &keyword) { return keyword != "parameters"; });
  if (arguments.models.size() == 1 && about_deviations)
    throw std::runtime_error("expected two or more model files with forces, every, file and relative, which are about several "
                             "models, got one");
  if (arguments.first && arguments.every == 0)
    throw std::runtime_error("expected every 1 or more with forces first, which evaluates the other models at these steps, got 0");
  return arguments;
}

}  // namespace henrici
