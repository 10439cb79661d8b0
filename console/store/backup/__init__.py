"""Backups as files: the sealed stream, the archive in it, copies of the database."""
