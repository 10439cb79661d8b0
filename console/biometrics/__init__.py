"""Faces and fingers as mathematics: arrays in, verdicts, templates and scores out."""
