"""Benchmarks: `run.py bench NAME [--data DIR] [--json]`.

The last line of the output is one JSON object of figures.
"""
