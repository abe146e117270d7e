// Several models, one potential.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model.h"

namespace henrici {

/// Some centres of a block that follow each other.
struct Part {
  std::int64_t first, count;
};

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

  std::int64_t present() const { return present_; }  // how many those are

  /// How to divide so many centres.
  Blocks blocks(std::int64_t centers) const { return {centers, models_->block(), models_->threads()}; }

  enum class Answers { mean, first };

  /// energy: [centers], of the mean of the first so many models, or of the very first. parameters: [centers, P], by parameters().
  /// Throws std::runtime_error (one line) where a script fails or breaks the contract.
  void evaluate(int thread, const Block &block, const double *parameters, std::size_t models, Answers answers, double *energy);

  /// dE/d(displacement) of the pairs of a part, [pairs, 3]: of each model that was evaluated, and of the answer.
  using Take = std::function<void(const Part &, const std::vector<double *> &models, const double *answer)>;

  /// And then the forces, a few centres at a time.
  void pull_back(int thread, const Take &take);

 private:
  struct Member {
    std::string path;
    std::vector<std::int64_t> species;    // the model's index of each of the committee's
    std::vector<std::size_t> parameters;  // the committee's index of each of the model's
  };
  struct Memory {  // of one thread
    Block block;
    Answers answers;
    std::vector<double> parameters, energy, mean;
    std::vector<std::vector<double>> pair_gradients;  // of the models that are evaluated
  };

  void evaluate(int thread, std::size_t model, std::int64_t centers, const double *parameters, double *energy);

  std::unique_ptr<Models> models_;
  std::vector<Member> members_;
  std::vector<std::string> parameters_;
  double cutoff_ = 0.0;
  std::string name_;
  std::int64_t present_ = 0;  // species that there are
  std::vector<Memory> memory_;
};

}  // namespace henrici
