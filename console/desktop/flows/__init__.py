"""The order of what happens, without widgets."""
