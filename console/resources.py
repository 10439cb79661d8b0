"""Where the files of `resources/` lie."""

from pathlib import Path

_CONSOLE = Path(__file__).resolve().parent
_INSTALLED = _CONSOLE / "_resources"
RESOURCES = _INSTALLED if _INSTALLED.is_dir() else _CONSOLE.parent / "resources"
"""In an installed tree within the package, in a checkout beside it."""
