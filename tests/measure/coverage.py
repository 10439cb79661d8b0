"""Branch coverage of the measured modules against the numbers kept in `coverage.json`.

python3 run.py coverage             fails when a module falls below its number
python3 run.py coverage --raise     writes the numbers that rose; none is ever lowered

`run.py test` measures while it runs all tests, and compares afterwards (`--measured`).
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

from tests.measure.plugin import FOLDER, new_coverage
from tests.measure.rooms import ROOT, TESTS, modules

KEPT = Path(__file__).with_suffix(".json")
NEW_MODULE = 95
"""Per cent that a module needs which has no number yet."""
PLUGIN = ("-p", "tests.measure.plugin")


def run_tests(*options: str) -> None:
    """Measure the tests of the measured rooms alone. Ends the program when they fail."""
    pytest = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *PLUGIN]
    code = subprocess.call([*pytest, "--randomly-seed=1", *options, *TESTS], cwd=ROOT)
    if code:
        sys.exit(code)


def measured() -> dict[str, int]:
    """Per cent of the lines and branches of each module that the tests reached, rounded down."""
    whole = new_coverage()
    whole.combine([str(FOLDER)], keep=True)
    report = FOLDER / "report.json"
    whole.json_report(outfile=str(report), ignore_errors=True)
    files = json.loads(report.read_text("utf-8"))["files"]
    found = {Path(name).as_posix(): part["summary"] for name, part in files.items()}
    return {
        name: math.floor(found[name]["percent_covered"]) if name in found else 0
        for name in modules()
    }


def main() -> int:
    """Return 1 when a module is below its kept number."""
    parser = argparse.ArgumentParser(prog="run.py coverage")
    parser.add_argument("--raise", action="store_true", dest="raise_numbers")
    parser.add_argument("--measured", action="store_true", help="by the last run of the tests")
    arguments = parser.parse_args()
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    if not arguments.measured:
        run_tests()
    found = measured()
    below = {
        name: percent for name, percent in found.items() if percent < kept.get(name, NEW_MODULE)
    }
    for name, percent in sorted(found.items(), key=lambda item: item[1]):
        wanted = kept.get(name, NEW_MODULE)
        if percent < 100 or percent < wanted:
            print(f"{percent:4d} % (kept {wanted:3d} %)  {name}")
    if arguments.raise_numbers:
        risen = {name: max(percent, kept.get(name, 0)) for name, percent in found.items()}
        KEPT.write_text(json.dumps(risen, indent=1, sort_keys=True) + "\n", "utf-8")
    print(json.dumps({"lowest": min(found.values()), "below": below}))
    return int(bool(below))


if __name__ == "__main__":
    sys.exit(main())
