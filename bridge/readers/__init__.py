"""Fingerprint readers at the desk: one interface, one file a kind of reader."""
