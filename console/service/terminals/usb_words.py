"""People in the results of files from a USB stick."""

from console.domain.language import tr

NAMED = 20
"""People who are named in a result; of more, the number is told."""


def some(people: list[str]) -> str:
    """The first of these people."""
    names, more = ", ".join(people[:NAMED]), len(people) - NAMED
    return tr("{names} and {more:,} more", names=names, more=more) if more > 0 else names
