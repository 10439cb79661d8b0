"""The access-control push dialect (3.x, "Security PUSH"): doors, time zones, tables.

A unit registers first, then reports events and tables, and answers queries in calls of their own.
Source of the formats: the vendor's "Security PUSH Communication Protocol" 3.1.2. Nothing here has
been tried on a real unit.
"""
