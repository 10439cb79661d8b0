"""Departments as a tree: a path names a department behind those above it.

The path is what an employee and a rule have, so that no rule has to know the tree.
"""

from collections.abc import Iterator

from console.domain.errors import Conflict, Invalid
from console.domain.language import tr

SIGN = ">"
BETWEEN = f" {SIGN} "
LENGTH = 160
"""Characters of a path, as the database keeps it."""
FIELD = "department"


def checked_path(text: str) -> str:
    """The path as it is stored; empty for none. Raises Invalid."""
    if not text.strip():
        return ""
    names = [name.strip() for name in text.split(SIGN)]
    if not all(names):
        raise Invalid(FIELD, tr("Write departments like “Plant{between}Line 1”.", between=BETWEEN))
    path = BETWEEN.join(names)
    if len(path) > LENGTH or not path.isprintable():
        raise Invalid(
            FIELD, tr("Use at most {most} characters, without line breaks or tabs.", most=LENGTH)
        )
    return path


def lineage(path: str) -> Iterator[str]:
    """The department and those above it, the nearest first."""
    while path:
        yield path
        path = path.rpartition(BETWEEN)[0]


def is_within(path: str, top: str) -> bool:
    """Whether the department is this one or lies below it."""
    return path == top or path.startswith(top + BETWEEN)


def after_change(path: str, old: str, new: str) -> str:
    """The path once `old` is called `new`, with all below it."""
    return new + path[len(old) :] if is_within(path, old) else path


def check_change(old: str, new: str, longest: int) -> None:
    """Raises Invalid, Conflict. longest: characters of the longest path within `old`."""
    if not new:
        raise Invalid(FIELD, tr("Give the department a name."))
    if new != old and is_within(new, old):
        raise Conflict(tr("A department cannot be moved into itself."))
    if longest + len(new) - len(old) > LENGTH:
        raise Invalid(
            FIELD,
            tr(
                "The full name of a department within it would be longer than {most} characters.",
                most=LENGTH,
            ),
        )
