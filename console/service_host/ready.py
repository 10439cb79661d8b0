"""Waits for the service that was just started, for the set-up.

python -m console.service_host.ready

The exit status is 0 once a service of this version answers, and 1 when it ended instead; then the
reason is printed.
"""

import argparse
import http.client
import json
import ssl
import sys
import time
import urllib.request
from pathlib import Path

from console import __version__, runtime
from console.installation import DATA, computer_folder
from console.service_host.child import ENDED

WITHIN_S = 15 * 60
"""A large site's databases may have to be upgraded first."""
ANSWER_WITHIN_S = 5
LOOK_EVERY_S = 0.25


def problem_of(data_dir: Path) -> str:
    """Empty once a service of this version answers; else why none does."""
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        if _version(data_dir) == __version__:
            return ""
        try:
            why = (data_dir / ENDED).read_text("utf-8")
        except OSError:
            pass
        else:
            return why or "The service ended and did not say why."
        time.sleep(LOOK_EVERY_S)
    return f"The service did not answer within {WITHIN_S // 60} minutes."


def _version(data_dir: Path) -> str:
    """Of the service that answers; empty where none does."""
    found = runtime.find(data_dir)
    if found is None:
        return ""
    try:
        # a file that only the service and administrators can write names the address
        trust = ssl.create_default_context(cadata=found.certificate or None)
        health = f"{found.api}/api/health"
        with urllib.request.urlopen(health, timeout=ANSWER_WITHIN_S, context=trust) as answer:  # noqa: S310
            return str(json.load(answer)["version"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return ""


def main(arguments: list[str] | None = None) -> int:
    """The entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="console.service_host.ready", description=__doc__)
    parser.add_argument("--folder", type=Path, default=computer_folder(), help="of this computer")
    problem = problem_of(parser.parse_args(arguments).folder / DATA)
    sys.stdout.write(f"{problem}\n" if problem else "")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
