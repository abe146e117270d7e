// Several models, one potential: the mean of their energies, forces and virials.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model.h"

namespace henrici {

class Committee {
 public:
  /// The models may number their species differently, and have cutoffs of their own. `paths` are for messages.
  /// Throws std::runtime_error (one line) where they do not know the same species.
  Committee(std::vector<std::unique_ptr<Model>> models, std::vector<std::string> paths);

  std::size_t size() const { return members_.size(); }
  const std::vector<std::string> &species() const { return members_.front().model->metadata().species; }
  const std::vector<std::string> &parameters() const { return parameters_; }  // of any of the models
  double cutoff() const { return cutoff_; }                                   // angstrom, the largest
  const std::string &name() const { return name_; }                           // for messages
  void use_threads(int threads);

  /// What one model says; valid during the call only.
  using See = std::function<void(std::size_t model, const Prediction &)>;

  /// The mean, valid until the next evaluate(). `nodes` are numbered by species() and parameters().
  /// Throws std::runtime_error (one line) where a script fails or breaks the contract.
  Prediction evaluate(Nodes &nodes, Pairs &pairs, const See &see);

 private:
  struct Member {
    std::unique_ptr<Model> model;
    std::string path;
    std::vector<std::int64_t> species;    // the model's index of each of the committee's
    std::vector<std::size_t> parameters;  // the committee's index of each of the model's
  };

  Prediction evaluate(Member &member, const Nodes &nodes, Pairs &pairs);

  std::vector<Member> members_;
  std::vector<std::string> parameters_;
  double cutoff_ = 0.0;
  std::string name_;
  Nodes renumbered_;                           // by one model
  std::vector<double> energy_, pair_gradient_; // the mean
};

}  // namespace henrici
