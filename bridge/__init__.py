"""Drivers of terminals, fingerprint readers and cameras, and their simulators.

The bridge knows nothing of the console: no Qt, no SQL, no other part of Muster.
"""
