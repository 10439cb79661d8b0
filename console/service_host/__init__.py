"""Keeps the service running where the operating system cannot: as a service of Windows.

It loads nothing heavy: Windows gives a service 30 seconds to answer.
"""
