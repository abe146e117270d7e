"""Flows to compute: from a table of an input, or drawn at random."""
