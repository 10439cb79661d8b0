"""Fingerprints taken at the desk."""
