"""Regression: models of the theory, trained by the common loop with their norms as penalties, and the theorems'
bounds."""
