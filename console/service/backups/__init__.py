"""Backups of the site: made, verified, kept for a while, tried out."""
