"""Tests of the biometrics: nets, matching, workers."""
