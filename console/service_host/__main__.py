"""The host of the computer's service.

python -m console.service_host                the service of Windows, started by Windows
python -m console.service_host --foreground   the same until Ctrl+C, to see what is wrong

Both start `muster serve` with the options in the computer's folder.
"""

import argparse
import signal
import sys
from pathlib import Path

from console.installation import DATA, SERVE_OPTIONS, computer_folder
from console.service_host.host import Say, ServiceHost


def read_options(file: Path) -> list[str]:
    """The options in a file, one a line; none without the file.

    A value is all that follows the option's name, spaces too: `--portal-key C:/Key files/key.pem`.
    """
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        return []
    kept = [line.strip() for line in lines]
    return [
        part.strip('"')
        for line in kept
        if line and not line.startswith("#")
        for part in line.split(maxsplit=1)
    ]


def _say_on_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """The entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="console.service_host", description=__doc__)
    parser.add_argument("--foreground", action="store_true")
    parser.add_argument("--folder", type=Path, default=computer_folder(), help="of this computer")
    args = parser.parse_args(arguments)

    def make_host(say: Say) -> ServiceHost:
        return ServiceHost(args.folder / DATA, read_options(args.folder / SERVE_OPTIONS), say)

    if args.foreground or sys.platform != "win32":
        host = make_host(_say_on_stderr)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: host.stop())
        host.run()
        return 0
    from console.service_host.windows import run_service

    run_service(make_host)
    return 0


if __name__ == "__main__":
    sys.exit(main())
