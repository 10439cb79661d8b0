"""Whose face it is: vectors, similarity and thresholds."""
