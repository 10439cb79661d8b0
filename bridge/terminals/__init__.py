"""LAN terminals: what any unit can do, and the dialects they speak."""
