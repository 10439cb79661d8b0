"""Muster: enrol faces and fingerprints at work, approve them, and log people in."""

__version__ = "0.1.0"
