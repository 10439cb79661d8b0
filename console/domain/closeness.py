"""How well a name fits what somebody types to find it. Pure."""

from enum import IntEnum


class Closeness(IntEnum):
    """From the best to the weakest."""

    EXACT = 0
    """It is the whole name, or the whole number."""
    PREFIX = 1
    """A name begins with it."""
    WORD_STARTS = 2
    """Words of the names begin with its words, in any order."""
    INSIDE = 3
    """Each of its words occurs somewhere."""


def closeness(typed: str, *names: str) -> Closeness | None:
    """How well the best of these names of one thing fits; None: it does not fit."""
    wanted = typed.casefold().split()
    known = [" ".join(name.casefold().split()) for name in names]
    whole = " ".join(wanted)
    if whole in known:
        return Closeness.EXACT
    if any(name.startswith(whole) for name in known):
        return Closeness.PREFIX
    words = [word for name in known for word in name.split()]
    if all(any(word.startswith(part) for word in words) for part in wanted):
        return Closeness.WORD_STARTS
    if all(any(part in name for name in known) for part in wanted):
        return Closeness.INSIDE
    return None
