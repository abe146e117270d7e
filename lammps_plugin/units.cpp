#include "units.h"

#include <stdexcept>
#include <string>

#include "utils.h"

namespace henrici {

Units units_of(const char *style)
{
  using namespace LAMMPS_NS;
  const std::string name = style;
  if (name == "metal") return {};
  if (name == "real") return {1.0, utils::get_conversion_factor(utils::ENERGY, utils::METAL2REAL)};
  throw std::runtime_error("expected units metal or units real, got units " + name);
}

}  // namespace henrici
