"""Measures of how well the tests hold the inner rooms: branch coverage and mutation score."""
