"""Labelled configurations: read from files, checked, split, and summed up."""
