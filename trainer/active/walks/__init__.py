"""Walks: configurations that a committee's models find by molecular dynamics, by LAMMPS or ASE, and by chance."""
