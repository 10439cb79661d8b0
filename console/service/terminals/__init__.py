"""Terminals: who they are, what they hold, what is done to them."""
