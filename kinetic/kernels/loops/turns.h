// What of a periodic mesh is more than a turn away: Hilbert's transform without its copies there, and a turn away to both sides.
#pragma once

#include <vector>

#include "mesh.h"

namespace henrici::kinetic {

/// n times what cells are to each other that are y n apart, |y| < 1. odd: whether there are as many of them. A function without
/// singularities for |y| < 2.
double rest(double y, bool odd_mesh, bool odd_distance);

/// T_j(2 y - 1) of all cells, those that are none included, as Mesh has them.
void along(const Mesh &, std::vector<double> &polynomials, std::vector<double> &turned);

/// rest(y_i - y_j) = sum_kl coefficients[l, k] T_k(2 y_i - 1) T_l(2 y_j - 1): [DEGREES, DEGREES]
const double *coefficients(bool odd_mesh, bool odd_distance);

}  // namespace henrici::kinetic
