// Which symmetry functions there are, in an order that suits the kernels: trainer/potentials/symmetry_functions.py.
#pragma once

#include <cstdint>
#include <vector>

namespace henrici::kernels {

/// G4, or G5, sorted by eta, and then lambda = 1 first: 2 h^zeta exp(-eta rho), h = (1 + lambda cos theta) / 2.
class AngularFunctions {
 public:
  struct Row {
    double eta, lambda, zeta;
  };
  struct Function {
    std::int64_t column;  // of its row
    int power;            // the number of h^(zeta - 1)
    double slope;         // lambda zeta
  };
  struct Width {
    double eta;
    int begin, minus, end;  // its functions; lambda = -1 from `minus` on
  };
  struct Product {
    int left, right;  // of two earlier powers; or, where the exponent is not 0,
    double exponent;  // of the power `left`
  };
  static constexpr int PLUS = 1, MINUS = 2, GIVEN = 3;  // the first powers are 1, h of lambda = 1, h of lambda = -1

  /// opposite: with r_jk, which is G4
  AngularFunctions(const std::vector<Row> &rows, bool opposite);

  std::int64_t count() const { return static_cast<std::int64_t>(functions.size()); }

  bool opposite;
  std::vector<Width> widths;
  std::vector<Function> functions;
  std::vector<Product> products;  // how the other powers follow from the first

 private:
  int power(int h, double exponent);
  int product(const Product &wanted);
};

/// All of a potential.
struct SymmetryFunctions {
  struct Radial {
    double eta, r_s;
  };
  double r_c;  // angstrom
  std::vector<Radial> radial;
  std::vector<AngularFunctions> angular;

  /// D: features of a centre among so many species
  std::int64_t size(std::int64_t species) const
  {
    std::int64_t of_pair = 0;
    for (const auto &functions : angular) of_pair += functions.count();
    return species * static_cast<std::int64_t>(radial.size()) + species * (species + 1) / 2 * of_pair;
  }
};

}  // namespace henrici::kernels
