"""The one door to the benchmarks."""

import argparse
import json
import sys
from pathlib import Path

from console.bench import faces, fingers, login, screening, screening_quality, startup, terminals

BENCHES = {
    "faces": faces.measure,
    "fingers": fingers.measure,
    "login": login.measure,
    "screening": screening.measure,
    "screening-quality": screening_quality.measure,
    "startup": startup.measure,
    "terminals": terminals.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="run.py bench", description="Measures, and prints one JSON object of figures last."
    )
    parser.add_argument("name", choices=BENCHES)
    parser.add_argument(
        "--data",
        type=Path,
        help="a folder of photos to use instead of those made from the demo's photo",
    )
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    args = parser.parse_args()
    figures = BENCHES[args.name](args.data)
    if not args.json:
        for name, value in figures.items():
            print(f"{name:28} {value}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
