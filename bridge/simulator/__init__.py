"""Simulated terminals and readers: the other side of each protocol, with faults on demand.

They are used by the tests, by the demo, and by `muster simulate`.
"""
