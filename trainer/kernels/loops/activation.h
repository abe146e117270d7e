// f(z) of the layers of a fitting network (trainer/potentials/networks.py), and its derivatives, of many numbers at once.
#pragma once

#include <cstdint>

namespace henrici::kernels {

enum class Activation { tanh, silu };  // silu(z) = z / (1 + e^-z)

/// f: gain f(z), overwritten; z: [count], replaced by gain f'(z)
void activate(Activation, double gain, std::int64_t count, float *z, float *f);
void activate(Activation, double gain, std::int64_t count, double *z, double *f);

/// The same, and gain f''(z)
void activate(Activation, double gain, std::int64_t count, float *z, float *f, float *curvature);
void activate(Activation, double gain, std::int64_t count, double *z, double *f, double *curvature);

}  // namespace henrici::kernels
