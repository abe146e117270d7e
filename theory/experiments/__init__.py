"""Experiments that show the theorems as numbers: figures, tables, slopes with confidence intervals."""
