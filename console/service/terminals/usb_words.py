"""People in the results of files from a USB stick."""

NAMED = 20
"""People who are named in a result; of more, the number is told."""


def some(people: list[str]) -> str:
    """The first of these people."""
    more = len(people) - NAMED
    return ", ".join(people[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
