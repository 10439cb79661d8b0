#!/usr/bin/env python3
"""The one door: sets up what is missing, then does it.

    python3 run.py demo            the whole product on a made-up site
    python3 run.py test            every check: ruff, mypy, import-linter, tests
    python3 run.py bench NAME      a benchmark; the last line is JSON
    python3 run.py console         the console on your own data
    python3 run.py serve …         the service

Standard library only; works on Windows and Linux; may be run again and again.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed"
UV = "uv==0.13.9"
QT_PACKAGES = [
    "libegl1",
    "libgl1",
    "libglib2.0-0",
    "libdbus-1-3",
    "libfontconfig1",
    "libfreetype6",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libx11-xcb1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "libgssapi-krb5-2",
    "libusb-1.0-0",
    "libbrotli1",
    "libpulse0",
    "fonts-dejavu-core",
]
TOUR_PACKAGES = ["chromium", "libatomic1"]
TEST_PACKAGES = [*TOUR_PACKAGES, "git", "nodejs", "npm"]
CHECKS = (
    ("ruff", ["-m", "ruff", "check", "."]),
    ("ruff format", ["-m", "ruff", "format", "--check", "."]),
    ("mypy", ["-m", "mypy"]),
    (
        "import-linter",
        [
            "-c",
            "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))",
        ],
    ),
    ("tests", ["-m", "pytest", "-n", "auto", "--dist", "loadfile"]),
)


def say(text: str) -> None:
    print(f"run.py: {text}", flush=True)


def run(*command: str | Path, quiet: bool = False) -> int:
    return subprocess.call(
        [str(part) for part in command], cwd=ROOT, stdout=subprocess.DEVNULL if quiet else None
    )


def wanted_stamp() -> str:
    """What the virtual environment was made from."""
    return hashlib.sha256(
        LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + sys.version.encode()
    ).hexdigest()


def set_up_python() -> None:
    """Makes `.venv` from the hashed lock, when it is missing or older than the lock."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this very script is what an old Python would run
        sys.exit("run.py: Muster needs Python 3.11 or newer; this is " + sys.version.split()[0])
    if STAMP.is_file() and STAMP.read_text() == wanted_stamp():
        return
    if not PYTHON.is_file():
        say("making .venv")
        make_venv()
    say("installing the packages of requirements.lock (every file is checked by its hash)")
    must(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    must(
        PYTHON,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--compile-bytecode",
        "--require-hashes",
        "-r",
        LOCK,
    )
    must(
        PYTHON,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--no-deps",
        "--editable",
        ROOT,
    )
    STAMP.write_text(wanted_stamp())


def make_venv() -> None:
    """Debian without python3-venv has no ensurepip: then the package is installed, or named."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        install_packages(["python3-venv"])
    venv.EnvBuilder(with_pip=True, clear=True).create(VENV)


def must(*command: str | Path) -> None:
    code = run(*command)
    if code:
        sys.exit(f"run.py: this failed ({code}): {' '.join(str(part) for part in command)}")


def installed(package: str) -> bool:
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False
    )
    return "install ok installed" in answer.stdout


def install_packages(packages: list[str], required: bool = True) -> None:
    """System packages on Debian; elsewhere nothing is needed or a line says what is."""
    if not shutil.which("dpkg-query"):
        return
    if "nodejs" in packages and shutil.which("node") and shutil.which("npm"):
        packages = [package for package in packages if package not in ("nodejs", "npm")]
    missing = [package for package in packages if not installed(package)]
    if not missing:
        return
    if os.geteuid() != 0:
        advice = f"sudo apt-get install {' '.join(missing)}"
        if required:
            sys.exit(f"run.py: please install these first: {advice}")
        say(f"more is shown after: {advice}")
        return
    say(f"installing system packages: {' '.join(missing)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    must("apt-get", "update", "-qq")
    must("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def demo(arguments: list[str]) -> int:
    """Without a display the demo walks by itself, and its phone is a Chromium; it does without one where it may not install it."""
    install_packages(QT_PACKAGES)
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        install_packages(TOUR_PACKAGES, required=False)
    set_up_python()
    return run(PYTHON, "-m", "console.cli", "demo", *arguments)


def test(arguments: list[str]) -> int:
    """Every check, in the order of their speed; stops at the first that fails. Arguments go to pytest alone."""
    install_packages([*QT_PACKAGES, *TEST_PACKAGES])
    set_up_python()
    checks = CHECKS[-1:] if arguments else CHECKS
    for name, command in checks:
        say(name)
        code = run(PYTHON, *command, *arguments)
        if code:
            say(f"{name} failed")
            return code
    return 0


def main() -> int:
    command, *arguments = sys.argv[1:] or ["--help"]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules halve the time to start
    if command == "demo":
        return demo(arguments)
    if command == "test":
        return test(arguments)
    if command == "bench":
        install_packages(QT_PACKAGES)
        set_up_python()
        return run(PYTHON, "-m", "console.bench", *arguments)
    if command in ("console", "serve"):
        set_up_python()
        return run(
            PYTHON, "-m", "console.cli", *([] if command == "console" else ["serve"]), *arguments
        )
    print(__doc__)
    return 0 if command in ("-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main())
