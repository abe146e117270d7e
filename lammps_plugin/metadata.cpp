#include "metadata.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <stdexcept>

#include "json.h"  // LAMMPS's copy of nlohmann/json

namespace henrici {
namespace {

using LAMMPS_NS::json;

constexpr int NEWEST_FORMAT = 1;

std::runtime_error error(const std::string &text) { return std::runtime_error("cannot be used: " + text); }

template <typename T> T entry(const json &object, const char *key)
{
  if (!object.is_object() || !object.contains(key))
    throw error(std::string("expected an entry \"") + key + "\" in its henrici.json, found none; export it again");
  try {
    return object.at(key).get<T>();
  } catch (const json::exception &) {
    throw error(std::string("the entry \"") + key + "\" of its henrici.json has the wrong type: " + object.at(key).dump());
  }
}

}  // namespace

Metadata read_metadata(const std::string &text)
{
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) throw error("its henrici.json is not a JSON object; export it again");

  // The format comes first: a newer one may have changed everything else.
  const int format = entry<int>(object, "format");
  if (format < 1 || format > NEWEST_FORMAT)
    throw error("format " + std::to_string(format) + " is not known, this version reads format " +
                std::to_string(NEWEST_FORMAT) + "; update henrici");
  const auto kind = entry<std::string>(object, "kind");
  if (kind != "potential") throw error("expected a model of kind \"potential\", got \"" + kind + "\"");

  Metadata metadata{entry<std::vector<std::string>>(object, "species"), entry<double>(object, "cutoff"),
                    entry<int>(object, "reach"), entry<std::string>(object, "dtype"), {}};
  if (object.contains("parameters")) metadata.parameters = entry<std::vector<std::string>>(object, "parameters");
  for (const auto *names : {&metadata.species, &metadata.parameters})
    for (const auto &name : *names)
      if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::iscntrl(c); }))
        throw error("expected names that can be printed, got " + json(name).dump());
  if (metadata.species.empty()) throw error("expected at least one species, got none");
  if (!std::isfinite(metadata.cutoff) || metadata.cutoff <= 0)
    throw error("expected a positive cutoff in angstrom, got " + object.at("cutoff").dump());
  if (metadata.dtype != "float32" && metadata.dtype != "float64")
    throw error("expected dtype float32 or float64, got \"" + metadata.dtype + "\"");

  const auto units = entry<json>(object, "units");
  const auto energy = entry<std::string>(units, "energy");
  const auto length = entry<std::string>(units, "length");
  if (energy != "eV" || length != "angstrom")
    throw error("expected a model in eV and angstrom, got " + energy + " and " + length);
  return metadata;
}

}  // namespace henrici
