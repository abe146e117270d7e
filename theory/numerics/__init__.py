"""The numerical analysis that learning theory is measured against: smoothing splines, finite elements, Monte Carlo."""
