"""Semilinear parabolic PDEs in hundreds of dimensions, by Feynman-Kac simulation and deep BSDEs, with error bars."""
