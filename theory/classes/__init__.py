"""Function classes: the unit balls of C_0, Lipschitz, linear, RKHS, Barron and residual spaces."""
