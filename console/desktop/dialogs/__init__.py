"""Dialogs that pages open."""
