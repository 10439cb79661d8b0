"""Where the files of `resources/` lie, in a checkout and in an installed tree alike."""

from pathlib import Path

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
