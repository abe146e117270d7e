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

void Committee::evaluate(int thread, std::size_t model, std::int64_t centers, const double *parameters, double *energy)
{
  const Member &member = members_[model];
  auto &values = memory_[thread].parameters;
  values.clear();
  for (std::int64_t i = 0; i < centers; ++i)
    for (const std::size_t p : member.parameters) values.push_back(parameters[i * parameters_.size() + p]);
  try {
    models_->evaluate(thread, model, values.data(), energy);
  } catch (const std::exception &problem) {
    throw std::runtime_error("the model file " + member.path + " " + problem.what());
  }
}

void Committee::evaluate(int thread, const Block &block, const double *parameters, std::size_t models, Answers answers,
                         double *energy)
{
  models_->begin(thread, block, present_);
  auto &memory = memory_[thread];
  memory.block = block;
  memory.answers = answers;
  memory.energy.resize(block.centers);
  memory.pair_gradients.resize(models);
  evaluate(thread, 0, block.centers, parameters, energy);
  for (std::size_t m = 1; m < models; ++m) {
    evaluate(thread, m, block.centers, parameters, memory.energy.data());
    if (answers == Answers::first) continue;
    for (std::int64_t i = 0; i < block.centers; ++i) energy[i] += memory.energy[i];
  }
  if (answers == Answers::first) return;
  for (std::int64_t i = 0; i < block.centers; ++i) energy[i] /= static_cast<double>(models);
}

void Committee::pull_back(int thread, const Take &take)
{
  constexpr std::int64_t CENTERS = 16;  // in a part: what is said of their pairs is still in the cache when it is taken
  auto &[block, answers, parameters, energy, mean, pair_gradients] = memory_[thread];
  std::vector<double *> models(pair_gradients.size());
  for (Part part{0, 0}; part.first < block.centers; part.first += CENTERS) {
    part.count = std::min(CENTERS, block.centers - part.first);
    const std::size_t size = 3 * (block.row[part.first + part.count] - block.row[part.first]);
    for (std::size_t m = 0; m < models.size(); ++m) {
      pair_gradients[m].resize(std::max(size, pair_gradients[m].size()));
      models[m] = pair_gradients[m].data();
    }
    models_->pull_back(thread, part.first, part.count, models);
    if (models.size() == 1 || answers == Answers::first) {
      take(part, models, models[0]);
      continue;
    }
    mean.assign(size, 0.0);
    for (const double *const g : models)
      for (std::size_t k = 0; k < size; ++k) mean[k] += g[k] / static_cast<double>(models.size());
    take(part, models, mean.data());
  }
}

}  // namespace henrici
