"""Learned moments and a learned closure."""
