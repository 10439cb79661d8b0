"""The standalone protocol of port 4370: Muster dials the unit.

Frames, layouts and exchanges are pure; `session` and `transport` do the I/O.
"""
