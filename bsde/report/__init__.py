"""Figures and pages of solutions, in the style of trainer/report."""
