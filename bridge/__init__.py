"""Devices: terminals on the LAN, readers, cameras, and simulators of each. Knows nothing of the console, of Qt or of SQL."""
