// How far the models of a committee disagree, at every step: deviation.h says what is computed.

#include <algorithm>
#include <cmath>

#include "arguments.h"
#include "atom.h"
#include "comm.h"
#include "committee.h"
#include "deviation.h"
#include "threads.h"
#include "pair_henrici.h"
#include "text.h"
#include "universe.h"
#include "update.h"

using namespace LAMMPS_NS;

namespace {

double mean(const double *x, std::size_t models, std::size_t stride)
{
  double sum = 0.0;
  for (std::size_t m = 0; m < models; ++m) sum += x[m * stride];
  return sum / static_cast<double>(models);
}

/// sqrt(<|x - <x>|^2>) over the M vectors x[0], x[stride], ..., of `size` components each.
double standard_deviation(const double *x, std::size_t models, std::size_t stride, std::size_t size)
{
  double sum = 0.0;
  for (std::size_t a = 0; a < size; ++a) {
    const double middle = mean(x + a, models, stride);
    for (std::size_t m = 0; m < models; ++m) sum += std::pow(x[m * stride + a] - middle, 2);
  }
  return std::sqrt(sum / static_cast<double>(models));
}

/// |<F>| of the M vectors
double mean_length(const double *force, std::size_t models)
{
  return std::hypot(mean(force, models, 3), mean(force + 1, models, 3), mean(force + 2, models, 3));
}

}  // namespace

void PairHenrici::open_deviations(const henrici::Arguments &arguments)
{
  const int models = static_cast<int>(committee_->size());
  const bool committee = models > 1;
  comm_reverse = committee ? 3 * models : 0;
  nextra = committee ? static_cast<int>(deviations_.size()) : 0;
  pvector = committee ? deviations_.data() : nullptr;
  deviations_.fill(0.0);
  deviation_.reserve(1);  // fix pair takes a null pointer, as of a rank without atoms, for an unknown name
  every_ = arguments.every;
  relative_ = arguments.relative;
  answers_ = arguments.first ? henrici::Committee::Answers::first : henrici::Committee::Answers::mean;
  if (!committee || every_ == 0) return;

  std::string path = arguments.file;
  if (path.empty()) path = "model_devi.out" + (universe->nworlds > 1 ? "." + std::to_string(universe->iworld) : "");
  stop_for(henrici::trouble_of([&] { deviation_file_ = std::make_unique<henrici::DeviationFile>(path, relative_); }));
}

/// Whether this step has any: all models are evaluated then. With forces first, at the steps of the file alone.
bool PairHenrici::start_deviations()
{
  const std::size_t models = committee_->size();
  const bool every_model = answers_ == henrici::Committee::Answers::mean || update->ntimestep % every_ == 0;
  const bool deviations = models > 1 && every_model;
  model_forces_.assign(deviations ? (atom->nlocal + atom->nghost) * models * 3 : 0, 0.0);
  model_virials_.assign(deviations ? models * 6 : 0, 0.0);
  return deviations;
}

/// F_i += sum_j g_ij, F_j -= g_ij, of one model and a part of the block that begins with this centre
void PairHenrici::add_model(henrici::Thread &thread, std::int64_t first, const henrici::Part &part, std::size_t model,
                            const double *pair_gradient)
{
  const auto &near = thread.near;
  const std::size_t components = model_components();
  double *const f = thread.model_forces.get() + 3 * model;
  const double *g = pair_gradient;
  for (std::int64_t k = part.first; k < part.first + part.count; ++k) {
    double f_i[3] = {};
    for (auto pair = near.row[k]; pair < near.row[k + 1]; ++pair, g += 3) {
      double *const f_j = f + components * near.neighbor[pair];
      for (int a = 0; a < 3; ++a) {
        f_i[a] += g[a];
        f_j[a] -= g[a];
      }
    }
    for (int a = 0; a < 3; ++a) f[components * centers_[first + k] + a] += f_i[a];
  }
}

/// W = -sum r_ij (x) g_ij of each model, which is sum x_i (x) F_i over atoms and ghosts before the forces on these go home.
void PairHenrici::find_virials()
{
  const double to_model = 1.0 / units_.length;
  for (std::size_t m = 0; m < committee_->size(); ++m) {
    const double *force = model_forces(0) + 3 * m;
    double w[3][3] = {};
    for (int i = 0; i < atom->nlocal + atom->nghost; ++i, force += model_components())
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) w[a][b] += to_model * atom->x[i][a] * force[b];
    const auto xy = [&](int a, int b) { return 0.5 * (w[a][b] + w[b][a]); };
    const double tensor[6] = {w[0][0], w[1][1], w[2][2], xy(0, 1), xy(0, 2), xy(1, 2)};
    std::copy_n(tensor, 6, &model_virials_[6 * m]);
  }
}

int PairHenrici::pack_reverse_comm(int n, int first, double *buffer)
{
  const double *const end = std::copy(model_forces(first), model_forces(first + n), buffer);
  return static_cast<int>(end - buffer);
}

void PairHenrici::unpack_reverse_comm(int n, int *list, double *buffer)
{
  const std::size_t components = model_components();
  for (int k = 0; k < n; ++k)
    for (std::size_t c = 0; c < components; ++c) model_forces(list[k])[c] += *buffer++;
}

void PairHenrici::finish_deviations()
{
  find_virials();
  comm->reverse_comm(this);  // forces on ghosts go home before they are compared
  const auto deviation = reduce_deviations();
  const double force = relative_ > 0 ? 1.0 : units_.force(), energy = units_.energy;
  for (auto &epsilon : deviation_) epsilon *= force;
  const auto &[max_v, min_v, avg_v, max_f, min_f, avg_f] = deviation;
  // compute pair adds up what the ranks hold.
  if (comm->me == 0)
    deviations_ = {energy * max_v, energy * min_v, energy * avg_v, force * max_f, force * min_f, force * avg_f};

  if (!deviation_file_ || update->ntimestep % every_ != 0) return;
  stop_for(henrici::trouble_of([&] {
    if (comm->me == 0) deviation_file_->write(update->ntimestep, deviation);
  }));
}

/// In eV and angstrom, of the whole system. Atoms of other styles have no deviation and do not count.
henrici::Deviation PairHenrici::reduce_deviations()
{
  const std::size_t models = committee_->size();
  const std::size_t centers = centers_.size();
  double extremes[2] = {-1e300, -1e300}, sums[2] = {0.0, static_cast<double>(centers)};
  deviation_.assign(atom->nlocal, 0.0);
  for (std::size_t k = 0; k < centers; ++k) {
    const int i = centers_[k];
    const double *const force = model_forces(i);
    double epsilon = standard_deviation(force, models, 3, 3);
    if (relative_ > 0) epsilon /= mean_length(force, models) + relative_;
    deviation_[i] = epsilon;
    extremes[0] = std::max(extremes[0], epsilon);
    extremes[1] = std::max(extremes[1], -epsilon);
    sums[0] += epsilon;
  }
  MPI_Allreduce(MPI_IN_PLACE, extremes, 2, MPI_DOUBLE, MPI_MAX, world);
  MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, world);
  MPI_Allreduce(MPI_IN_PLACE, model_virials_.data(), static_cast<int>(6 * models), MPI_DOUBLE, MPI_SUM, world);
  const double atoms = sums[1];
  if (atoms == 0) return {};

  henrici::Deviation deviation{0.0, 1e300, 0.0, extremes[0], -extremes[1], sums[0] / atoms};
  double square = 0.0;
  for (int c = 0; c < 6; ++c) {
    const double epsilon = standard_deviation(&model_virials_[c], models, 6, 1) / atoms;
    deviation.max_v = std::max(deviation.max_v, epsilon);
    deviation.min_v = std::min(deviation.min_v, epsilon);
    square += (c < 3 ? 1 : 2) * epsilon * epsilon;  // xy and yx
  }
  deviation.avg_v = std::sqrt(square / 9);
  return deviation;
}

/// For fix pair: `fix ID all pair N henrici deviation 0`, then f_ID in a dump.
void *PairHenrici::extract_peratom(const char *name, int &columns)
{
  if (std::string(name) != "deviation" || !committee_ || committee_->size() == 1) return nullptr;
  columns = 0;
  return deviation_.data();
}
