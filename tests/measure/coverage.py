"""Branch coverage of the measured modules against the numbers kept in `coverage.json`.

python3 run.py coverage             fails when a module falls below its number
python3 run.py coverage --raise     writes the numbers that rose; none is ever lowered
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.measure.rooms import ROOT, TESTS, modules

KEPT = Path(__file__).with_suffix(".json")
NEW_MODULE = 95
"""Per cent that a module needs which has no number yet."""


def run_tests(data: Path, *options: str, report: Path | None = None) -> None:
    """Run the tests of the measured rooms under coverage. Ends the program when they fail.

    options: of coverage; report: gets how long each test took, as JUnit's XML.
    """
    coverage = [sys.executable, "-m", "coverage"]
    pytest = ["-m", "pytest", "-q", "-p", "no:randomly", "--hypothesis-seed=0", *TESTS]
    include = f"--include={','.join(modules())}"
    command = [*coverage, "run", "--branch", f"--data-file={data}", include, *options, *pytest]
    if report is not None:
        command.append(f"--junitxml={report}")
    code = subprocess.call(command, cwd=ROOT)
    if code:
        sys.exit(code)


def measure() -> dict[str, int]:
    """Per cent of the lines and branches of each module that the tests reach, rounded down."""
    with tempfile.TemporaryDirectory() as folder:
        data, report = Path(folder) / "coverage", Path(folder) / "report.json"
        run_tests(data)
        command = [sys.executable, "-m", "coverage", "json", "-q", f"--data-file={data}"]
        subprocess.run([*command, "-o", str(report)], cwd=ROOT, check=True)
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
    arguments = parser.parse_args()
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    found = measure()
    below = {
        name: percent for name, percent in found.items() if percent < kept.get(name, NEW_MODULE)
    }
    for name, percent in sorted(found.items(), key=lambda item: item[1]):
        wanted = kept.get(name, NEW_MODULE)
        print(f"{percent:4d} % (kept {wanted:3d} %)  {name}")
    if arguments.raise_numbers:
        risen = {name: max(percent, kept.get(name, 0)) for name, percent in found.items()}
        KEPT.write_text(json.dumps(risen, indent=1, sort_keys=True) + "\n", "utf-8")
    print(json.dumps({"lowest": min(found.values()), "below": below}))
    return int(bool(below))


if __name__ == "__main__":
    sys.exit(main())
