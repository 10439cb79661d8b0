"""The one door to the benchmarks."""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from console.bench import (
    audit,
    campaigns,
    console,
    faces,
    finger_gallery,
    fingers,
    first_login,
    login,
    people,
    portal,
    screening,
    screening_quality,
    site,
    startup,
    store,
    terminals,
    windows_setup,
)
from console.bench.store_site import Sizes

BENCHES: dict[str, Callable[[Path | None], dict[str, Any]]] = {
    "audit": audit.measure,
    "campaigns": campaigns.measure,
    "faces": faces.measure,
    "fingers": fingers.measure,
    "first-login": first_login.measure,
    "login": login.measure,
    "people": people.measure,
    "portal": portal.measure,
    "screening": screening.measure,
    "screening-quality": screening_quality.measure,
    "setup": windows_setup.measure,
    "startup": startup.measure,
    "terminals": terminals.measure,
}
SITE = "site"
"""Has a size instead of data, and targets beside its figures."""
STORE, CONSOLE = "store", "console"
"""Have sizes, and a database to choose."""
GALLERY = "finger-gallery"
"""Has a size beside its data: at its largest it fills a disk."""


def main() -> int:
    """Runs one benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="run.py bench", description="Measures, and prints one JSON object of figures last."
    )
    parser.add_argument("name", choices=[*BENCHES, SITE, STORE, CONSOLE, GALLERY])
    parser.add_argument(
        "--data",
        type=Path,
        help="a folder of photos to use instead of those made from the demo's photo; for setup, "
        "the folder of the set-up",
    )
    parser.add_argument(
        "--people",
        "--employees",
        type=int,
        default=5000,
        help="of the site, the store, the console (default: %(default)s)",
    )
    parser.add_argument(
        "--terminals", type=int, default=50, help="of the site (default: %(default)s)"
    )
    parser.add_argument(
        "--fingers",
        type=int,
        default=1_000_000,
        help="of the finger-gallery, 1.7 kB of disk each (default: %(default)s)",
    )
    parser.add_argument(
        "--logins",
        type=int,
        default=200_000,
        help="in the log, 0.5 kB of disk each (default: %(default)s)",
    )
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, not on SQLite")
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    args = parser.parse_args()
    if args.name == SITE:
        figures = site.measure(args.people, args.terminals)
        if not args.json:
            site.print_table(figures)
    else:
        sizes = Sizes(logins=args.logins, people=args.people)
        benches = BENCHES | {
            GALLERY: partial(finger_gallery.measure, fingers=args.fingers),
            STORE: lambda _data: store.measure(sizes, args.postgres),
            CONSOLE: lambda _data: console.measure(sizes, args.postgres),
        }
        figures = _measure(benches[args.name], args.data, args.json)
    print(json.dumps(figures))
    return 0


def _measure(
    bench: Callable[[Path | None], dict[str, Any]], data: Path | None, json_only: bool
) -> dict[str, Any]:
    figures = bench(data)
    if not json_only:
        for figure, value in figures.items():
            print(f"{figure:28} {value}")
    return figures


if __name__ == "__main__":
    sys.exit(main())
