// torch.ops.henrici_kinetic: the loops on tensors, on all threads that torch has.

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <optional>
#include <tuple>
#include <vector>

#include "bgk.h"
#include "carried.h"
#include "march.h"
#include "parameters.h"
#include "tensors.h"
#include "transport.h"
#include "weno.h"

namespace henrici::kinetic {
namespace {

using at::Tensor;
using Maybe = std::optional<Tensor>;

/// -v d_x f. rate: [nv] -v / dx; f: [..., nv, nx]; left, right: [..., nv, 3]; left_face, right_face: [..., nv, 1].
Tensor transported(const Tensor &rate, const Tensor &f, const Maybe &left, const Maybe &right, const Maybe &left_face,
                 const Maybe &right_face)
{
  TORCH_CHECK(f.dim() >= 2 && f.size(-1) >= GHOSTS && left.has_value() == right.has_value(), "expected [..., nv, nx]");
  const std::int64_t n = f.size(-1), rows = f.numel() / n;
  const Tensor v = numbers(rate, f.size(-2)), in = numbers(f, rows * n), out = at::empty_like(in);
  const Maybe l = numbers(left, rows * GHOSTS), r = numbers(right, rows * GHOSTS);
  const Maybe l_face = numbers(left_face, rows), r_face = numbers(right_face, rows);
  const Rows all{n, v.numel(), v.const_data_ptr<double>(), in.const_data_ptr<double>(), at_row(l, 0), at_row(r, 0),
                 at_row(l_face, 0), at_row(r_face, 0)};
  auto *const to = out.mutable_data_ptr<double>();
  at::parallel_for(0, rows, GRAIN / n + 1, [&](std::int64_t begin, std::int64_t end) {
    const kernels::FlushToZero flush;
    std::vector<double> work(2 * padded(n));
    transport(all, begin, end, work.data(), to);
  });
  return out;
}

/// f + weight (M - f), M the Maxwellian of f on the grid, and whether there is one in all cells. v: [nv], dv apart; f: [B, nv, nx];
/// weight: [B, 1, nx].
std::tuple<Tensor, bool> collided(const Tensor &v, double dv, const Tensor &f, const Tensor &weight)
{
  TORCH_CHECK(f.dim() == 3, "expected [B, nv, nx]");
  const std::int64_t flows = f.size(0), count = f.size(1), n = f.size(2), blocks = (n + TOGETHER - 1) / TOGETHER;
  const Tensor at = numbers(v, count), in = numbers(f, flows * count * n), w = numbers(weight, flows * n), out = at::empty_like(in);
  auto *const to = out.mutable_data_ptr<double>();
  const bool found = each_of(flows * blocks, GRAIN / (count * TOGETHER) + 1, [&](std::int64_t k) {
    thread_local std::vector<double> kept;
    const std::int64_t b = k / blocks;
    const Gas gas{count, n, at.const_data_ptr<double>(), dv, in.const_data_ptr<double>() + b * count * n,
                  w.const_data_ptr<double>() + b * n};
    return collide(gas, k % blocks * TOGETHER, sized(kept, collision_work(count)), to + b * count * n);
  });
  return {out, found};
}

/// K [B, n, nx] and E [B, RATES, n, nx] of q. free: [B, RATES, nx] tau across each cell, times the rate; kinds: of both ends; parity:
/// [n] of q in a reflection; q: [B, n, nx].
std::tuple<Tensor, Tensor> flown(const Tensor &free, const std::string &left, const std::string &right, at::ArrayRef<double> parity,
                                 const Tensor &q)
{
  TORCH_CHECK(q.dim() == 3 && q.size(1) == static_cast<std::int64_t>(parity.size()), "expected [B, n, nx] and n signs");
  const std::int64_t count = q.size(0), rows = q.size(1), n = q.size(2), size = rows * n;
  const Tensor path = numbers(free, count * RATES * n).view({count, RATES, n}), from = numbers(q, count * size);
  const Tensor arrived = at::empty({count, rows, n}, from.options()), excess = at::empty({count, RATES, rows, n}, from.options());
  each_of(count, GRAIN / size + 1, [&](std::int64_t b) {
    const Carried carried(path.narrow(0, b, 1), end_of(left), end_of(right));
    carried.every(0, parity.vec(), from.const_data_ptr<double>() + b * size, arrived.mutable_data_ptr<double>() + b * size,
                  excess.mutable_data_ptr<double>() + b * RATES * size);
    return true;
  });
  return {arrived, excess};
}

/// h [rows, nx] of one flow, and in how many cells b was beyond what was trained. arrived, excess: as closures see them.
template <typename Closure>
std::tuple<Tensor, std::int64_t> closed(const Closure &of, std::int64_t rows, const Tensor &b, const Tensor &g, const double *arrived,
                                        const double *excess, const Tensor &path)
{
  const std::int64_t n = path.numel();
  const Tensor moments = numbers(b, (of.order - 2) * n), slopes = numbers(g, (of.order + 1) * n), free = numbers(path, n);
  const Tensor h = at::empty({rows, n}, path.options());
  const Seen seen{n, moments.const_data_ptr<double>(), slopes.const_data_ptr<double>(), arrived, excess, free.const_data_ptr<double>()};
  const std::int64_t outside = evaluate(of, seen, h.mutable_data_ptr<double>());
  return {h, outside};
}

std::tuple<Tensor, std::int64_t> hermite(const Tensor &parameters, std::int64_t order, std::int64_t width,
                                         at::ArrayRef<double> constants, const Tensor &b, const Tensor &g, const Tensor &s,
                                         const Tensor &path)
{
  const Parameters all(parameters);
  const HermiteClosure of = hermite_closure(all, order, width, constants);
  const std::int64_t n = path.numel(), count = flights_told(order);
  const Tensor flown = numbers(s, count * n), sum = at::empty({n}, path.options());
  evaluate(Waves{1, count, 0, of.linear}, {n, nullptr, nullptr, flown.const_data_ptr<double>(), nullptr, nullptr},
           sum.mutable_data_ptr<double>());
  return closed(of, 1, b, g, sum.const_data_ptr<double>(), nullptr, path);
}

std::tuple<Tensor, std::int64_t> symmetric(const Tensor &parameters, std::int64_t order, std::int64_t width,
                                           at::ArrayRef<double> constants, const Tensor &b, const Tensor &g, const Tensor &arrived,
                                           const Tensor &excess, const Tensor &path)
{
  const Parameters all(parameters);
  const std::int64_t rows = order - 2, count = rows * path.numel();
  const Tensor k = numbers(arrived, count), e = numbers(excess, RATES * count);
  const SymmetricClosure of = symmetric_closure(all, order, width, constants);
  return closed(of, rows, b, g, k.const_data_ptr<double>(), e.const_data_ptr<double>(), path);
}

}  // namespace
}  // namespace henrici::kinetic

#define HENRICI_CLOSURE "(Tensor parameters, int order, int width, float[] constants, Tensor b, Tensor g, "

TORCH_LIBRARY_FRAGMENT(henrici_kinetic, m)
{
  m.def("transport(Tensor rate, Tensor f, Tensor? left, Tensor? right, Tensor? left_face, Tensor? right_face) -> Tensor");
  m.def("collide(Tensor v, float dv, Tensor f, Tensor weight) -> (Tensor, bool)");
  m.def("fly(Tensor free, str left, str right, float[] parity, Tensor q) -> (Tensor, Tensor)");
  m.def("hermite" HENRICI_CLOSURE "Tensor s, Tensor path) -> (Tensor, int)");
  m.def("symmetric" HENRICI_CLOSURE "Tensor arrived, Tensor excess, Tensor path) -> (Tensor, int)");
}

TORCH_LIBRARY_IMPL(henrici_kinetic, CPU, m)
{
  m.impl("transport", &henrici::kinetic::transported);
  m.impl("collide", &henrici::kinetic::collided);
  m.impl("fly", &henrici::kinetic::flown);
  m.impl("hermite", &henrici::kinetic::hermite);
  m.impl("symmetric", &henrici::kinetic::symmetric);
}
