"""Terminals: their identity, their inventory, and the actions on them."""
