// Masses by which a wrong order of elements shows.
#pragma once

#include <string>
#include <vector>

namespace henrici {

/// The one of `elements` that a mass (g/mol) belongs to, where it is not that of `element`; else empty. Masses of isotopes and
/// of hydrogens made heavy are near no other element of a model.
std::string better_element(double mass, const std::string &element, const std::vector<std::string> &elements);

}  // namespace henrici
