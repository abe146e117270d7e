#include "moments.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "positivity.h"
#include "realizability.h"
#include "weno.h"

namespace henrici::kinetic {
namespace {


/// Rows of numbers along the tube.
struct Field {
  double *first;
  std::int64_t stride;

  HENRICI_INLINE double *operator[](std::int64_t k) const { return first + k * stride; }
};

/// All that `rates` knows of a flow. Rows from wide on have n + 12 cells, from near on n + 6.
struct State {
  std::int64_t order, n, wide, near;
  Field m;                    // wide
  double *u, *theta, *root;   // wide; root: sqrt(theta)
  Field a;                    // wide, a_0 .. a_M, and one row more
  double *d_rho, *d_u, *d_theta;  // near, over the scale of each
  Field da, flux, split, face[2];  // near

  State(std::int64_t order_, std::int64_t n_, double *work) : order(order_), n(n_), wide(n_ + 12), near(n_ + 6)
  {
    const std::int64_t stride = padded(n + 12), count = order + 1;
    const auto take = [&](std::int64_t rows) {
      const Field field{work, stride};
      work += rows * stride;
      return field;
    };
    m = take(count);
    u = take(1).first, theta = take(1).first, root = take(1).first;
    a = take(count + 1);
    d_rho = take(1).first, d_u = take(1).first, d_theta = take(1).first;
    da = take(count), flux = take(count), split = take(count), face[0] = take(count), face[1] = take(count);
  }

  const double *rho() const { return m[0]; }
};

HENRICI_INLINE void pad(const Flow &flow, const State &s)
{
  constexpr std::int64_t BEYOND = 2 * GHOSTS;
  for (std::int64_t k = 0; k <= s.order; ++k) {
    const double *const m = flow.m + k * s.n;
    double *const to = s.m[k];
    std::copy_n(flow.left ? flow.left + k * BEYOND : m + s.n - BEYOND, BEYOND, to);
    std::copy_n(m, s.n, to + BEYOND);
    std::copy_n(flow.right ? flow.right + k * BEYOND : m, BEYOND, to + BEYOND + s.n);
  }
}

HENRICI_INLINE Lost primitive(std::int64_t n, const double *m0, const double *m1, const double *m2, double *__restrict u,
                              double *__restrict theta)
{
  std::int64_t thin = 0, cold = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double inverse = 1 / m0[i];
    u[i] = m1[i] * inverse;
    theta[i] = m2[i] * inverse - u[i] * u[i];
    thin += m0[i] > 0 ? 0 : 1;  // not a number is lost, too
    cold += theta[i] > 0 ? 0 : 1;
  }
  return thin ? Lost::density : cold ? Lost::temperature : Lost::nothing;
}

/// a_0 .. a_M of moments, in their place. With a row more, which begins as 0, it gets what m_(M+1) is less than its central moment.
/// scale: [n], overwritten.
HENRICI_INLINE void into_frame(const Hermite &of, std::int64_t rows, std::int64_t n, const double *rho, const double *u,
                               const double *root, double *__restrict scale, const Field &moments)
{
  const std::int64_t count = of.order + 1;
  for (std::int64_t pass = 1; pass < rows; ++pass)  // v^(k-pass) (v - u)^pass
    for (std::int64_t k = rows - 1; k >= pass; --k) {
      double *__restrict const to = moments[k];
      const double *__restrict const from = moments[k - 1];
      for (std::int64_t i = 0; i < n; ++i) to[i] -= u[i] * from[i];
    }
  for (std::int64_t i = 0; i < n; ++i) scale[i] = 1 / rho[i];
  for (std::int64_t k = 0; k < count; ++k) {
    double *__restrict const a = moments[k];
    for (std::int64_t i = 0; i < n; ++i) {
      a[i] *= scale[i];
      scale[i] /= root[i];
    }
  }
  for (std::int64_t k = count - 1; k >= 2; --k) {
    double *__restrict const a = moments[k];
    for (std::int64_t j = k - 2; j >= 0; j -= 2) {
      const double c = of.polynomials[k * count + j];
      const double *__restrict const from = moments[j];
      for (std::int64_t i = 0; i < n; ++i) a[i] += c * from[i];
    }
  }
}

HENRICI_INLINE void expand(const Hermite &of, const State &s)
{
  const std::int64_t count = of.order + 1, n = s.wide;
  for (std::int64_t k = 0; k < count; ++k) std::copy_n(s.m[k], n, s.a[k]);
  std::fill_n(s.a[count], n, 0.0);
  into_frame(of, count + 1, n, s.rho(), s.u, s.root, s.flux[0], s.a);  // fluxes are not in use yet, and as wide
}

HENRICI_INLINE void expand(const Learned &of, const State &s)
{
  const std::int64_t n = s.wide;
  for (std::int64_t k = 0; k < 3; ++k) std::fill_n(s.a[k], n, k == 0 ? 1.0 : 0.0);
  for (std::int64_t k = 3; k <= of.order; ++k) {
    double *__restrict const b = s.a[k];
    const double *__restrict const m = s.m[k];
    for (std::int64_t i = 0; i < n; ++i) b[i] = m[i] / s.rho()[i];
  }
}

/// Central differences of sixth order.
HENRICI_INLINE void derivative(std::int64_t n, const double *__restrict q, double dx, double *__restrict out)
{
  const double scale = 1 / (60 * dx);
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = scale * (45 * (q[i + 4] - q[i + 2]) - 9 * (q[i + 5] - q[i + 1]) + (q[i + 6] - q[i]));
}

HENRICI_INLINE void slopes(const State &s, double dx)
{
  derivative(s.near, s.rho(), dx, s.d_rho);
  derivative(s.near, s.u, dx, s.d_u);
  derivative(s.near, s.theta, dx, s.d_theta);
  for (std::int64_t k = 3; k <= s.order; ++k) derivative(s.near, s.a[k], dx, s.da[k]);
  for (std::int64_t i = 0; i < s.near; ++i) {
    s.d_rho[i] /= s.rho()[i + GHOSTS];
    s.d_u[i] /= s.root[i + GHOSTS];
    s.d_theta[i] /= s.theta[i + GHOSTS];
  }
}

/// F_k, which for powers of v is m_(k+1).
HENRICI_INLINE void fluxes(const Hermite &of, const Flow &flow, const State &s)
{
  const std::int64_t count = of.order + 1, n = s.near;
  for (std::int64_t k = 0; k < of.order; ++k) std::copy_n(s.m[k + 1] + GHOSTS, n, s.flux[k]);
  double *__restrict const last = s.flux[of.order];
  for (std::int64_t i = 0; i < n; ++i)
    last[i] = of.conduction == 0 ? 0 : -of.conduction * flow.eps[i] * s.root[i + GHOSTS] * s.d_theta[i];
  for (std::int64_t k = of.order - 1; k >= 0; k -= 2) {
    const double c = of.power[k];
    const double *__restrict const a = s.a[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) last[i] += c * a[i];
  }
  for (std::int64_t k = 0; k < count; ++k)
    for (std::int64_t i = 0; i < n; ++i) last[i] *= s.root[i + GHOSTS];
  const double *__restrict const less = s.a[count] + GHOSTS;
  for (std::int64_t i = 0; i < n; ++i) last[i] = s.rho()[i + GHOSTS] * last[i] - less[i];
}

HENRICI_INLINE void fluxes(const Learned &of, const Flow &, const State &s)
{
  const std::int64_t count = of.order + 1, n = s.near;
  for (std::int64_t k = 0; k < 2; ++k) std::copy_n(s.m[k + 1] + GHOSTS, n, s.flux[k]);
  const double *const rho = s.rho() + GHOSTS, *const u = s.u + GHOSTS, *const theta = s.theta + GHOSTS,
                     *const root = s.root + GHOSTS;
  {
    const double *__restrict const b = s.a[3] + GHOSTS;
    double *__restrict const third = s.flux[2];
    const double c = std::sqrt(6.0);
    for (std::int64_t i = 0; i < n; ++i)
      third[i] = rho[i] * (u[i] * (u[i] * u[i] + 3 * theta[i]) + c * theta[i] * root[i] * b[i]);
  }
  for (std::int64_t k = 3; k < count; ++k) {
    double *__restrict const flux = s.flux[k];
    std::fill_n(flux, n, 0.0);
    for (std::int64_t j = 0; j < count; ++j) {
      const double c = of.couple[k * count + j];
      const double *__restrict const b = s.a[j] + GHOSTS;
      for (std::int64_t i = 0; i < n; ++i) flux[i] += c * b[i];
    }
    const double *__restrict const b = s.a[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) flux[i] = rho[i] * (u[i] * b[i] + root[i] * flux[i]);
  }
}

/// -d_x F: split as (F +- speed m) / 2, speed the fastest signal in the flow; each part from where it comes.
HENRICI_INLINE void divergence(const Flow &flow, const State &s, double *rate)
{
  const std::int64_t count = s.order + 1, n = s.n;
  double speed = 0;
  for (std::int64_t i = GHOSTS; i < GHOSTS + s.near; ++i) speed = std::max(speed, std::abs(s.u[i]) + flow.fastest * s.root[i]);
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? 1 : -1;
    for (std::int64_t k = 0; k < count; ++k) {
      const double *__restrict const m = s.m[k] + GHOSTS, *__restrict const flux = s.flux[k];
      double *__restrict const split = s.split[k];
      for (std::int64_t i = 0; i < s.near; ++i) split[i] = speed * m[i] + sign * flux[i];
      faces(split, side == 1, n, s.face[side][k]);
    }
    limit(count, n + 1, s.split.stride, s.split[0] + GHOSTS - 1 + side, s.face[side][0]);
  }
  for (std::int64_t k = 0; k < count; ++k) {
    double *__restrict const face = s.face[0][k];
    const double *__restrict const other = s.face[1][k];
    for (std::int64_t i = 0; i <= n; ++i) face[i] = 0.5 * (face[i] - other[i]);
    if (flow.left_flux) face[0] = flow.left_flux[k];
    if (flow.right_flux) face[n] = flow.right_flux[k];
    const double scale = -1 / flow.dx;
    for (std::int64_t i = 0; i < n; ++i) rate[k * n + i] = scale * (face[i + 1] - face[i]);
  }
}

/// g_0 .. g_M, and what of the production of m_M is known: the closure's part of it is -scale g_(M+1).
HENRICI_INLINE void produce(const Hermite &of, const State &s, const Rates &out)
{
  if (!of.regularised) return;
  const std::int64_t n = s.n, last = of.order;
  const double *const d_rho = s.d_rho + GHOSTS, *const d_u = s.d_u + GHOSTS, *const d_theta = s.d_theta + GHOSTS;
  double *__restrict const scale = out.scale ? out.scale : s.split[0];
  const double *const root = s.root + 2 * GHOSTS, *const rho = s.rho() + 2 * GHOSTS;
  std::copy_n(rho, n, scale);
  for (std::int64_t k = 0; k <= last; ++k)
    for (std::int64_t i = 0; i < n; ++i) scale[i] *= root[i];
  const auto term = [&](std::int64_t k, std::int64_t i) HENRICI_LAMBDA {  // of the slope g_k, with a_(k-1) and a_(k-2)
    double sum = 0;
    if (k >= 1) sum += k * s.a[k - 1][i + 2 * GHOSTS] * d_u[i];
    if (k >= 2) sum += 0.5 * k * (k - 1) * s.a[k - 2][i + 2 * GHOSTS] * d_theta[i];
    return sum;
  };
  double *__restrict const rate = out.rate + last * n;
  for (std::int64_t i = 0; i < n; ++i) rate[i] += scale[i] * term(last + 1, i);
  if (!out.g) return;
  for (std::int64_t k = 0; k <= last; ++k) {
    double *__restrict const g = out.g + k * n;
    const double *__restrict const a = s.a[k] + 2 * GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) g[i] = a[i] * (d_rho[i] + 0.5 * k * d_theta[i]) + term(k, i);
    if (k < 3) continue;
    const double *__restrict const da = s.da[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) g[i] += da[i];
  }
}

HENRICI_INLINE void produce(const Learned &of, const State &s, const Rates &out)
{
  const std::int64_t n = s.n, count = of.order + 1, size = (of.order - 2) * count;
  const double *const d_rho = s.d_rho + GHOSTS, *const d_u = s.d_u + GHOSTS, *const d_theta = s.d_theta + GHOSTS;
  for (std::int64_t i = 0; i < n; ++i) {
    out.scale[i] = s.rho()[i + 2 * GHOSTS] * s.root[i + 2 * GHOSTS];
    out.g[i] = d_rho[i];
    out.g[n + i] = d_u[i];
    out.g[2 * n + i] = d_theta[i] * std::sqrt(0.5);
  }
  const double turn = std::sqrt(1.5);
  for (std::int64_t k = 3; k < count; ++k) {
    double *const sum[4] = {s.split[0], s.split[1], s.split[2], s.split[3]};  // D b, E b and so on
    for (int part = 0; part < 4; ++part) {
      const double *const row = of.of_b + part * size + (k - 3) * count;
      double *__restrict const to = sum[part];
      std::fill_n(to, n, 0.0);
      for (std::int64_t j = 0; j < count; ++j) {
        const double *__restrict const b = s.a[j] + 2 * GHOSTS;
        for (std::int64_t i = 0; i < n; ++i) to[i] += row[j] * b[i];
      }
    }
    double *__restrict const g = out.g + k * n, *__restrict const rate = out.rate + k * n;
    const double *__restrict const b = s.a[k] + 2 * GHOSTS, *__restrict const db = s.da[k] + GHOSTS;
    for (std::int64_t i = 0; i < n; ++i) g[i] = db[i] + d_rho[i] * b[i] + d_u[i] * sum[0][i] + 0.5 * d_theta[i] * sum[1][i];
    const double *const third = out.g + 3 * n;
    for (std::int64_t i = 0; i < n; ++i)
      rate[i] += out.scale[i] *
                 (d_rho[i] * sum[0][i] + d_u[i] * sum[2][i] + d_theta[i] * sum[3][i] + turn * third[i] * sum[1][i]);
  }
}

template <typename Variables> HENRICI_INLINE Lost all_rates(const Variables &of, const Flow &flow, double *work, const Rates &out)
{
  const State s(of.order, flow.cells, work);
  pad(flow, s);
  const Lost lost = primitive(s.wide, s.m[0], s.m[1], s.m[2], s.u, s.theta);
  if (lost != Lost::nothing) return lost;
  for (std::int64_t i = 0; i < s.wide; ++i) s.root[i] = std::sqrt(s.theta[i]);
  expand(of, s);
  slopes(s, flow.dx);
  fluxes(of, flow, s);
  divergence(flow, s, out.rate);
  produce(of, s, out);
  if (out.b)
    for (std::int64_t k = 3; k <= of.order; ++k) std::copy_n(s.a[k] + 2 * GHOSTS, s.n, out.b + (k - 3) * s.n);
  if (out.path)
    for (std::int64_t i = 0; i < s.n; ++i) out.path[i] = flow.eps[i + GHOSTS] * s.root[i + 2 * GHOSTS];
  return lost;
}

/// Cells of a block on their way to equilibrium.
struct Block {
  std::int64_t n;
  double u[BLOCK], theta[BLOCK], left[BLOCK];  // left: of the departure from equilibrium
  double a[17][BLOCK];
};

/// What is left where no gas has as much.
HENRICI_INLINE Relaxed draw(const Hermite &of, const double *m, std::int64_t stride, Block &block)
{
  const std::int64_t n = block.n, count = of.order + 1;
  double root[BLOCK], scale[BLOCK], good[BLOCK];
  for (std::int64_t k = 0; k < count; ++k) std::copy_n(m + k * stride, n, block.a[k]);
  for (std::int64_t i = 0; i < n; ++i) root[i] = std::sqrt(block.theta[i]);
  into_frame(of, count, n, m, block.u, root, scale, {block.a[0], BLOCK});
  for (std::int64_t k = 3; k < count; ++k)
    for (std::int64_t i = 0; i < n; ++i) block.a[k][i] *= block.left[i];
  std::fill_n(good, n, 1.0);
  Forms forms;
  for (int which = 0; which < 2; ++which) {
    forms.sum(of, which, n, block.a[3], BLOCK, -of.least);
    forms.eliminate(of.degrees[which], n, good);
  }
  Relaxed found{Lost::nothing, 0};
  for (std::int64_t i = 0; i < n; ++i) {
    if (good[i] > 0) continue;
    for (std::int64_t k = 3; k < count; ++k)
      if (!std::isfinite(block.a[k][i])) return {Lost::moments, 0};
    const double eigenvalue = lowest(of, block.a[3] + i, BLOCK);
    if (eigenvalue >= of.least) continue;
    block.left[i] *= of.least / eigenvalue;
    ++found.drawn;
  }
  return found;
}

/// A departure is at most as large as the Maxwellian.
HENRICI_INLINE Relaxed draw(const Learned &of, const double *m, std::int64_t stride, Block &block)
{
  double square[BLOCK] = {};
  for (std::int64_t k = 3; k <= of.order; ++k)
    for (std::int64_t i = 0; i < block.n; ++i) {
      const double b = block.left[i] * m[k * stride + i] / m[i];
      square[i] += b * b;
    }
  Relaxed found{Lost::nothing, 0};
  for (std::int64_t i = 0; i < block.n; ++i) {
    if (square[i] <= 1) continue;
    block.left[i] /= std::sqrt(square[i]);
    ++found.drawn;
  }
  return found;
}

template <typename Variables>
HENRICI_INLINE Relaxed all_relaxed(const Variables &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  constexpr bool HERMITE = std::is_same_v<Variables, Hermite>;
  Relaxed all{Lost::nothing, 0};
  Block block;
  std::copy_n(m, 3 * n, z);
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    const std::int64_t count = block.n = std::min(BLOCK, n - first);
    all.lost = primitive(count, m + first, m + n + first, m + 2 * n + first, block.u, block.theta);
    if (all.lost != Lost::nothing) return all;
    for (std::int64_t i = 0; i < count; ++i) block.left[i] = eps[first + i] / (eps[first + i] + dt);
    if (of.order > 2) {
      const Relaxed found = draw(of, m + first, n, block);
      if (found.lost != Lost::nothing) return found;
      all.drawn += found.drawn;
    }
    double before[BLOCK], here[BLOCK];
    std::copy_n(m + n + first, count, before);
    std::copy_n(m + 2 * n + first, count, here);
    for (std::int64_t k = 3; k <= of.order; ++k) {
      const double *__restrict const from = m + k * n + first;
      double *__restrict const to = z + k * n + first;
      for (std::int64_t i = 0; i < count; ++i) {  // m_k = u m_(k-1) + (k - 1) theta m_(k-2)
        const double next = HERMITE ? block.u[i] * here[i] + (k - 1) * block.theta[i] * before[i] : 0;
        before[i] = here[i], here[i] = next;
        to[i] = next + block.left[i] * (from[i] - next);
      }
    }
  }
  return all;
}

}  // namespace

std::int64_t room(std::int64_t order, std::int64_t cells) { return (7 + 7 * (order + 1)) * padded(cells + 12); }

HENRICI_VERSIONS Lost rates(const Hermite &of, const Flow &flow, double *work, const Rates &out)
{
  return all_rates(of, flow, work, out);
}

HENRICI_VERSIONS Lost rates(const Learned &of, const Flow &flow, double *work, const Rates &out)
{
  return all_rates(of, flow, work, out);
}

HENRICI_VERSIONS Relaxed relax(const Hermite &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return all_relaxed(of, n, m, eps, dt, z);
}

HENRICI_VERSIONS Relaxed relax(const Learned &of, std::int64_t n, const double *m, const double *eps, double dt, double *z)
{
  return all_relaxed(of, n, m, eps, dt, z);
}

HENRICI_VERSIONS Signal signal(std::int64_t n, double fastest, const double *m, const double *eps)
{
  Signal found{0, 0, Lost::nothing};
  double u[BLOCK], theta[BLOCK];
  for (std::int64_t first = 0; first < n; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, n - first);
    found.lost = primitive(count, m + first, m + n + first, m + 2 * n + first, u, theta);
    if (found.lost != Lost::nothing) return found;
    for (std::int64_t i = 0; i < count; ++i) {
      u[i] = std::abs(u[i]) + fastest * std::sqrt(theta[i]);
      theta[i] *= eps[first + i];
    }
    for (std::int64_t i = 0; i < count; ++i) {
      found.speed = std::max(found.speed, u[i]);
      found.diffusion = std::max(found.diffusion, theta[i]);
    }
  }
  return found;
}

}  // namespace henrici::kinetic
