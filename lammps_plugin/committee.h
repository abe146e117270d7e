// Several models, one potential.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model.h"

namespace henrici {

/// The mean of the models' energies, forces and virials; or, where it is asked for, what the first one says.
class Committee {
 public:
  /// The models may number their species differently, and have cutoffs of their own. `paths` are for messages.
  /// Throws std::runtime_error (one line) where they do not know the same species.
  Committee(std::unique_ptr<Models> models, std::vector<std::string> paths);

  std::size_t size() const { return members_.size(); }
  const std::vector<std::string> &species() const { return models_->metadata(0).species; }
  const std::vector<std::string> &parameters() const { return parameters_; }  // of any of the models
  double cutoff() const { return cutoff_; }                                   // angstrom, the largest
  const std::string &name() const { return name_; }                           // for messages

  void use_threads(int threads)
  {
    models_->use_threads(threads);
    memory_.resize(models_->threads());
  }
  int threads() const { return models_->threads(); }

  /// which: numbers among species(), those that there are; blocks then number theirs by their places in it.
  void use_species(const std::vector<std::int64_t> &which);

  /// How to divide so many centres.
  Blocks blocks(std::int64_t centers) const { return {centers, models_->block(), models_->threads()}; }

  enum class Answers { mean, first };

  /// What one model says; valid during the call only.
  using See = std::function<void(std::size_t model, const Answer &)>;

  /// parameters: [centers, P], by parameters(). `see` gets what every model says; without it, and with Answers::first, the others
  /// are not evaluated. Throws std::runtime_error (one line) where a script fails or breaks the contract.
  void evaluate(int thread, const Block &block, const double *parameters, Answers answers, const Answer &answer, const See &see);

 private:
  struct Member {
    std::string path;
    std::vector<std::int64_t> species;    // the model's index of each of the committee's
    std::vector<std::size_t> parameters;  // the committee's index of each of the model's
  };
  struct Memory {  // of one thread
    std::vector<double> parameters, energy, pair_gradient;
  };

  void evaluate(int thread, std::size_t model, std::int64_t centers, const double *parameters, const Answer &answer);

  std::unique_ptr<Models> models_;
  std::vector<Member> members_;
  std::vector<std::string> parameters_;
  double cutoff_ = 0.0;
  std::string name_;
  std::int64_t present_ = 0;  // species that there are
  std::vector<Memory> memory_;
};

}  // namespace henrici
