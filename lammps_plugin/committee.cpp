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

/// += weight * x
void add(std::vector<double> &sum, const double *x, double weight)
{
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * x[i];
}

}  // namespace

Committee::Committee(std::vector<std::unique_ptr<Model>> models, std::vector<std::string> paths)
{
  name_ = paths.size() == 1 ? paths.front() : paths.front() + " and " + std::to_string(paths.size() - 1) + " more";
  const auto known = models.front()->metadata().species;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const Metadata &metadata = models[m]->metadata();
    Member member{std::move(models[m]), paths[m], {}, {}};
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

void Committee::use_threads(int threads)
{
  for (auto &member : members_) member.model->use_threads(threads);
}

Prediction Committee::evaluate(Member &member, const Nodes &nodes, Pairs &pairs)
{
  renumbered_.species.resize(nodes.species.size());
  std::transform(nodes.species.begin(), nodes.species.end(), renumbered_.species.begin(),
                 [&](std::int64_t t) { return member.species[t]; });
  const std::size_t centers = pairs.row.size() - 1;
  renumbered_.parameters.clear();
  for (std::size_t i = 0; i < centers; ++i)
    for (const std::size_t p : member.parameters)
      renumbered_.parameters.push_back(nodes.parameters[i * parameters_.size() + p]);
  try {
    return member.model->evaluate(renumbered_, pairs);
  } catch (const std::exception &problem) {
    throw std::runtime_error("the model file " + member.path + " " + problem.what());
  }
}

Prediction Committee::evaluate(Nodes &nodes, Pairs &pairs, const See &see)
{
  if (size() == 1) return evaluate(members_.front(), nodes, pairs);
  energy_.assign(pairs.row.size() - 1, 0.0);
  pair_gradient_.assign(3 * pairs.row.back(), 0.0);
  const double weight = 1.0 / static_cast<double>(size());
  for (std::size_t m = 0; m < size(); ++m) {
    const Prediction prediction = evaluate(members_[m], nodes, pairs);
    see(m, prediction);
    add(energy_, prediction.energy, weight);
    add(pair_gradient_, prediction.pair_gradient, weight);
  }
  return {energy_.data(), pair_gradient_.data()};
}

}  // namespace henrici
