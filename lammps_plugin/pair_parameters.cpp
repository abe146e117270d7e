// What a model takes besides the positions, such as an electron temperature: numbers, or variables of the input script.

#include <algorithm>

#include "arguments.h"
#include "atom.h"
#include "committee.h"
#include "error.h"
#include "input.h"
#include "model.h"
#include "modify.h"
#include "pair_henrici.h"
#include "text.h"
#include "update.h"
#include "variable.h"

using namespace LAMMPS_NS;

void PairHenrici::set_parameters(const henrici::Arguments &arguments)
{
  const auto &names = committee_->parameters();
  const auto &given = arguments.parameters;
  sources_.clear();
  std::vector<std::string> missing;
  for (const auto &name : names) {
    const auto found = std::find_if(given.begin(), given.end(), [&](const auto &pair) { return pair.first == name; });
    if (found == given.end()) {
      missing.push_back(name);
      continue;
    }
    const std::string &text = found->second;
    Source source{name, text.rfind("v_", 0) == 0 ? text.substr(2) : "", 0.0, -1, false};
    stop_for(henrici::trouble_of([&] {
      if (source.variable.empty()) source.value = henrici::read_number(text, "a number or v_name for " + name);
    }));
    sources_.push_back(source);
  }
  if (!missing.empty())
    error->all(FLERR, "pair_style henrici: expected values of " + henrici::joined(missing) + " for " + committee_->name() +
                          ", got none; add: parameters " + henrici::joined(missing) + " and a number or v_name for each");
  for (std::size_t n = 0; n < given.size(); ++n) {
    const std::string &name = given[n].first;
    if (std::find(names.begin(), names.end(), name) == names.end())
      error->all(FLERR, "pair_style henrici: expected parameters that " + committee_->name() + " takes (" +
                            (names.empty() ? "none" : henrici::joined(names)) + "), got " + name);
    for (std::size_t m = 0; m < n; ++m)
      if (given[m].first == name) error->all(FLERR, "pair_style henrici: expected one value of " + name + ", got two");
  }
}

void PairHenrici::find_variables()
{
  for (auto &source : sources_) {
    if (source.variable.empty()) continue;
    source.index = input->variable->find(source.variable.c_str());
    const bool exists = source.index >= 0;
    source.per_atom = exists && input->variable->atomstyle(source.index);
    if (!exists || !(source.per_atom || input->variable->equalstyle(source.index)))
      error->all(FLERR, "pair_style henrici: expected an equal-style or atom-style variable " + source.variable + " for " +
                            source.name + ", got " + (exists ? "one of another style" : "none"));
  }
}

void PairHenrici::gather_parameters()
{
  if (sources_.empty()) return;
  const std::size_t centers = centers_.size(), count = sources_.size();
  parameters_.resize(centers * count);

  const bool variables = std::any_of(sources_.begin(), sources_.end(), [](auto &s) { return !s.variable.empty(); });
  if (variables) modify->clearstep_compute();
  for (std::size_t p = 0; p < count; ++p) {
    auto &source = sources_[p];
    if (source.per_atom) {
      constexpr int ALL = 0;  // the group
      atom_values_.resize(atom->nlocal);
      input->variable->compute_atom(source.index, ALL, atom_values_.data(), 1, 0);
      for (std::size_t k = 0; k < centers; ++k) parameters_[k * count + p] = atom_values_[centers_[k]];
      continue;
    }
    if (!source.variable.empty()) source.value = input->variable->compute_equal(source.index);
    for (std::size_t k = 0; k < centers; ++k) parameters_[k * count + p] = source.value;
  }
  if (variables) modify->addstep_compute(update->ntimestep + 1);
}
