#include "committee.h"

#include <algorithm>
#include <stdexcept>

#include "text.h"

namespace henrici {
namespace {

/// Where `name` stands in `names`, or their size.
std::size_t position(const std::vector<std::string> &names, const std::string &name)
{
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

Committee::Committee(std::unique_ptr<Models> models, std::vector<std::string> paths) : models_(std::move(models))
{
  name_ = paths.size() == 1 ? paths.front() : paths.front() + " and " + std::to_string(paths.size() - 1) + " more";
  const auto &known = species();
  for (std::size_t m = 0; m < models_->size(); ++m) {
    const Metadata &metadata = models_->metadata(m);
    Member member{paths[m], {}, {}};
    for (const auto &element : known) member.species.push_back(position(metadata.species, element));
    if (!std::is_permutation(known.begin(), known.end(), metadata.species.begin(), metadata.species.end()))
      throw std::runtime_error("expected models of the same elements, got " + joined(known) + " in " + paths.front() +
                               " and " + joined(metadata.species) + " in " + paths[m]);
    for (const auto &name : metadata.parameters) {
      const std::size_t p = position(parameters_, name);
      if (p == parameters_.size()) parameters_.push_back(name);
      member.parameters.push_back(p);
    }
    cutoff_ = std::max(cutoff_, metadata.cutoff);
    members_.push_back(std::move(member));
  }
}

void Committee::use_species(const std::vector<std::int64_t> &which)
{
  present_ = static_cast<std::int64_t>(which.size());
  for (std::size_t m = 0; m < size(); ++m) {
    std::vector<std::int64_t> own;
    for (const std::int64_t t : which) own.push_back(members_[m].species[t]);
    models_->use_species(m, own);
  }
}

void Committee::evaluate(int thread, std::size_t model, std::int64_t centers, const double *parameters, const Answer &answer)
{
  const Member &member = members_[model];
  auto &values = memory_[thread].parameters;
  values.clear();
  for (std::int64_t i = 0; i < centers; ++i)
    for (const std::size_t p : member.parameters) values.push_back(parameters[i * parameters_.size() + p]);
  try {
    models_->evaluate(thread, model, values.data(), answer);
  } catch (const std::exception &problem) {
    throw std::runtime_error("the model file " + member.path + " " + problem.what());
  }
}

void Committee::evaluate(int thread, const Block &block, const double *parameters, Answers answers, const Answer &answer,
                         const See &see)
{
  models_->begin(thread, block, present_);
  if (size() == 1 || (answers == Answers::first && !see)) return evaluate(thread, 0, block.centers, parameters, answer);
  const std::int64_t components = 3 * block.row[block.centers];
  auto &[values, energy, pair_gradient] = memory_[thread];
  energy.resize(block.centers);
  pair_gradient.resize(components);
  for (std::size_t m = 0; m < size(); ++m) {
    const Answer said = m == 0 ? answer : Answer{energy.data(), pair_gradient.data()};
    evaluate(thread, m, block.centers, parameters, said);
    if (see) see(m, said);
    if (m == 0 || answers == Answers::first) continue;
    for (std::int64_t i = 0; i < block.centers; ++i) answer.energy[i] += energy[i];
    for (std::int64_t k = 0; k < components; ++k) answer.pair_gradient[k] += pair_gradient[k];
  }
  if (answers == Answers::first) return;
  const double weight = 1.0 / static_cast<double>(size());
  for (std::int64_t i = 0; i < block.centers; ++i) answer.energy[i] *= weight;
  for (std::int64_t k = 0; k < components; ++k) answer.pair_gradient[k] *= weight;
}

}  // namespace henrici
