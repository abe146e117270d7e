"""Values of u that need no simulation: quadrature, equations in one variable."""
