"""Codes that somebody reads from one screen and types at another."""

import secrets

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without letters and digits that look alike."""


def new_code(length: int) -> str:
    """A code that nobody can foresee."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def in_halves(code: str) -> str:
    """A code as it is shown: two groups are read and typed with fewer mistakes than one."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def as_made(typed: str) -> str:
    """What was typed, as `new_code` made it: without dashes, spaces and small letters."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())
