"""`muster support-report`: what a supporter has to know, shown before it is saved.

The report leaves the computer only by the person who read it.
"""

import argparse
import sys

from console.private_folder import make_new_files_private
from console.service.support import support_report


def run_support_report(args: argparse.Namespace) -> int:
    """Shows the report, and saves it once the person says yes; returns the exit status."""
    make_new_files_private()
    report = support_report(args.data)
    print(report)
    print("It may name people: read it first.")
    print(f"Save it to {args.file}? [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        print("Nothing was saved.")
        return 1
    try:
        with args.file.open("x", encoding="utf-8") as file:
            file.write(report)
    except OSError as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    print(f"Saved to {args.file}.")
    return 0
