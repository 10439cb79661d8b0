"""How large a photo may be that a console sends."""

MAX_PHOTO = 20 * 1024 * 1024
"""Bytes. In a call, four bytes stand for three, and a call has at most 32 MiB."""
MAX_PHOTO_WORDS = "20 MB"
