r"""Moves what an upgrade left of the former version's folder to its place in the new one.

    python put_back.py FORMER INSTALLED

The set-up runs it once the former version's own files are deleted: what is left was put there by
somebody else. A file of the new version is never replaced.
"""

import sys
from pathlib import Path


def put_back(former: Path, installed: Path) -> None:
    """Move each file unless its place is taken, then delete the folders that are empty."""
    for path in [path for path in former.rglob("*") if not path.is_dir()]:
        place = installed / path.relative_to(former)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
    folders = [path for path in (former, *former.rglob("*")) if path.is_dir()]
    for folder in sorted(folders, key=lambda path: -len(path.parts)):
        if not any(folder.iterdir()):
            folder.rmdir()


if __name__ == "__main__":
    put_back(Path(sys.argv[1]), Path(sys.argv[2]))
