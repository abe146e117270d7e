#include "encoder.h"

#include "spline_encoder.h"
#include "symmetry_encoder.h"

namespace henrici {

std::unique_ptr<Encoder> Encoder::of(const torch::jit::Module &encoder)
{
  if (encoder.hasattr("basis") && encoder.hasattr("axis")) return std::make_unique<SplineEncoder>(encoder);
  if (encoder.hasattr("radial") && encoder.hasattr("angular")) return std::make_unique<BehlerParrinelloEncoder>(encoder);
  return nullptr;
}

}  // namespace henrici
