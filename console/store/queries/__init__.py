"""Queries that several subjects share."""
