"""Faces on live frames: guidance, tracking and challenges."""
