#!/usr/bin/env python3
"""Set up what is missing, then run one command.

    python3 run.py demo            the whole product on a made-up site
    python3 run.py test            every check: ruff, mypy, import-linter, tests, coverage
    python3 run.py check NAME      one of these checks
    python3 run.py coverage        branch coverage of the inner rooms, against the kept numbers
    python3 run.py mutation        mutation score of the inner rooms; the last line is JSON
    python3 run.py bench NAME      a benchmark; the last line is JSON
    python3 run.py console         the console on your own data
    python3 run.py serve …         the service

This script needs the standard library only. It works on Windows and Linux and is idempotent.
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
STAMP = VENV / "installed"
USER, DEMO, DEV = "requirements.lock", "requirements-demo.lock", "requirements-dev.lock"
"""What users run; what the made-up site needs besides; what developers need besides."""
UNUSED = (
    "*/tests",  # of numba and numpy: 13 MB
    "*/*/tests",
    "PyQt6/bindings",
    "PyQt6/Qt6/lib/libav*",  # FFmpeg; Qt's speech does without it
    "PyQt6/Qt6/lib/libsw*",
    "PyQt6/Qt6/lib/libQt6FFmpegStub*",
    "PyQt6/Qt6/bin/av*.dll",  # the same on Windows
    "PyQt6/Qt6/bin/sw*.dll",
    "PyQt6/Qt6/bin/opengl32sw.dll",  # draws what only Qt Quick would, on computers without a GPU
    "PyQt6/Qt6/bin/d3dcompiler_47.dll",
    "PyQt6/Qt6/plugins/multimedia/*",
    "PyQt6/Qt6/qml",
    "PyQt6/Qt6/qsci",
    "PyQt6/Qt6/translations",
)
"""What Muster never loads of its packages, below site-packages."""
UNUSED_QT_PLUGINS = """
    assetimporters egldeviceintegrations geometryloaders help position qmllint qmlls renderers
    renderplugins sceneparsers scxmldatamodel sensors sqldrivers webview
"""
UNUSED_QT_LIBRARIES = """
    Bluetooth Designer Help Labs MultimediaQuick Nfc Pdf Positioning Qml Quick RemoteObjects
    Sensors ShaderTools SpatialAudio Sql StateMachine WebChannel WebSockets WebView
"""
"""Beginnings of names: `Quick` is `Quick3D`, too. About 100 MB."""
WARM_UP = """
import contextlib, importlib
for name in ("console.desktop.app", "console.kiosk.app", "console.service.app"):
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
"""
"""Compiles what Muster imports, which halves its first start. A server may have no Qt libraries."""
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
WINDOWS_PACKAGES = ["wine", "wine64", "xvfb", "imagemagick", "gcc-mingw-w64-x86-64-win32"]
WINDOWS_PACKAGES += ["nsis", "wixl"]
"""Build the Windows set-up and try it; without them, tests/windows is skipped."""
IMPORT_CHECK = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
)
"""`python -m importlinter.cli` ends with 0 and checks nothing."""
PROCESSES = (os.cpu_count() or 1) + 2
"""Two more than cores: a test waits for a service or a terminal about half of its time."""
PARALLEL = (
    *("-n", str(PROCESSES)),
    *("--dist", "loadgroup"),
    "--no-loadscope-reorder",
    "--max-worker-restart=0",
)
"""pytest-xdist would begin with the files of many tests, which are not those that take long: the
order is that of tests/conftest.py. After a process crashed it would hand out again what is done,
and then wait forever: the run ends there and names the test instead."""
TESTS = ("-m", "pytest", *PARALLEL, "--randomly-seed=1")
"""In one order that can be repeated; plain pytest draws another one each time."""
CHECKS = (
    ("ruff", ["-m", "ruff", "check", "."]),
    ("ruff format", ["-m", "ruff", "format", "--check", "."]),
    ("import-linter", ["-c", IMPORT_CHECK]),
    ("mypy", ["-m", "mypy"]),
    # in a fresh checkout the first finger would otherwise be waited for longer than clients wait
    ("compile the matcher", ["-m", "tests.support.compile_matcher"]),
    ("tests", [*TESTS, "-p", "tests.measure.plugin"]),
    ("coverage", ["-m", "tests.measure.coverage", "--measured"]),
)

STAGES = (
    ("ruff",),
    ("ruff format",),
    ("import-linter",),
    ("mypy", "compile the matcher"),
    ("tests",),
    ("coverage",),
)
"""In this order. The checks of a stage run side by side: each keeps one core busy."""


def say(text: str) -> None:
    """Print a line that is seen to come from this script."""
    print(f"run.py: {text}", flush=True)


def run(*command: str | Path, quiet: bool = False) -> int:
    """Run a command in the repository's root; its exit status."""
    return subprocess.call(
        [str(part) for part in command], cwd=ROOT, stdout=subprocess.DEVNULL if quiet else None
    )


def set_up_python(*locks: str) -> None:
    """Install the packages of these locks into `.venv`, unless they are there.

    Without locks: everything that developers need. The installation only ever grows: after
    `run.py test`, `run.py console` finds all that it needs.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - this very script is what an old Python would run
        sys.exit("run.py: Muster needs Python 3.11 or newer; this is " + sys.version.split()[0])
    locks = locks or (USER, DEV)
    present = STAMP.read_text().split() if STAMP.is_file() else []
    wanted = [fingerprint(name) for name in (*locks, "pyproject.toml")]
    if set(wanted) <= set(present):
        return
    if not PYTHON.is_file():
        say("making .venv")
        make_venv()
    say(f"installing the packages of {' and '.join(locks)} (every file is checked by its hash)")
    must(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    install = (PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON)
    requirements = [part for name in locks for part in ("-r", ROOT / name)]
    must(*install, "--require-hashes", *requirements)
    must(*install, "--no-deps", "--editable", ROOT)
    for packages in VENV.glob("[Ll]ib/**/site-packages"):
        remove_unused(packages)
    must(PYTHON, "-c", WARM_UP)
    known = {fingerprint(name) for name in (USER, DEMO, DEV, "pyproject.toml")}
    STAMP.write_text("\n".join(sorted({*wanted, *known.intersection(present)})))


def fingerprint(name: str) -> str:
    """What `.venv/installed` says of a file whose packages are installed."""
    return hashlib.sha256((ROOT / name).read_bytes() + sys.version.encode()).hexdigest()


def remove_unused(packages: Path) -> None:
    """Delete what Muster never loads of the packages in this folder, whatever system they are for.

    The tests run without these parts, too.
    """
    qt = "PyQt6/Qt6"
    patterns = [*UNUSED, *(f"{qt}/plugins/{name}" for name in UNUSED_QT_PLUGINS.split())]
    for name in UNUSED_QT_LIBRARIES.split():
        patterns += [f"PyQt6/Qt{name}*", f"{qt}/lib/libQt6{name}*", f"{qt}/bin/Qt6{name}*"]
    for path in [path for pattern in patterns for path in packages.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def make_venv() -> None:
    """Make `.venv`. Debian without python3-venv has no ensurepip: install or name the package."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        install_packages(["python3-venv"])
    venv.EnvBuilder(with_pip=True, clear=True).create(VENV)


def must(*command: str | Path) -> None:
    """Run a command; end this script when it fails."""
    code = run(*command)
    if code:
        sys.exit(f"run.py: this failed ({code}): {' '.join(str(part) for part in command)}")


def installed(package: str) -> bool:
    """Whether Debian has this package installed; no elsewhere."""
    if not shutil.which("dpkg-query"):
        return False
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False
    )
    return "install ok installed" in answer.stdout


def install_packages(packages: list[str], required: bool = True) -> None:
    """Install system packages on Debian, or say which are missing; do nothing elsewhere.

    Ends this script where required ones cannot be installed.
    """
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
        say(f"more is shown or tested after: {advice}")
        return
    say(f"installing system packages: {' '.join(missing)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    execute = must if required else run
    execute("apt-get", "update", "-qq")
    execute("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def demo(arguments: list[str]) -> int:
    """Run the demo. Without a display it walks by itself, with a Chromium if there may be one."""
    install_packages(QT_PACKAGES)
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        install_packages(TOUR_PACKAGES, required=False)
    set_up_python(USER, DEMO)
    return run(PYTHON, "-m", "console.cli", "demo", *arguments)


def test(arguments: list[str]) -> int:
    """Run every check, the fastest first, up to the first that fails.

    With arguments, only pytest runs, and gets them.
    """
    install_packages([*QT_PACKAGES, *TEST_PACKAGES])
    install_packages(WINDOWS_PACKAGES, required=False)
    set_up_python()
    if arguments:
        return run(PYTHON, *TESTS, *arguments)
    checks = dict(CHECKS)
    for stage in STAGES:
        say(" and ".join(stage))
        running = {name: subprocess.Popen([PYTHON, *checks[name]], cwd=ROOT) for name in stage}
        failed = [name for name, process in running.items() if process.wait()]
        if failed:
            say(f"{' and '.join(failed)} failed")
            return 1
    untested = [name for name in WINDOWS_PACKAGES if not installed(name)]
    if untested:
        say(f"NOTHING WAS TESTED ON WINDOWS: {' '.join(untested)} could not be installed")
    return 0


def check(arguments: list[str]) -> int:
    """Run the checks that are named."""
    set_up_python()
    checks = dict(CHECKS)
    for name in arguments:
        if name not in checks:
            sys.exit(f"run.py: there is no check {name}; there are {', '.join(checks)}")
        code = run(PYTHON, *checks[name])
        if code:
            return code
    return 0


def main() -> int:
    """Run one command; its exit status."""
    command, *arguments = sys.argv[1:] or ["--help"]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules halve the time to start
    if command == "demo":
        return demo(arguments)
    if command == "test":
        return test(arguments)
    if command == "check":
        return check(arguments)
    if command in ("coverage", "mutation"):
        set_up_python()
        return run(PYTHON, "-m", f"tests.measure.{command}", *arguments)
    if command == "bench":
        install_packages(QT_PACKAGES)
        set_up_python()
        return run(PYTHON, "-m", "console.bench", *arguments)
    if command in ("console", "serve"):
        set_up_python(USER)
        return run(
            PYTHON, "-m", "console.cli", *([] if command == "console" else ["serve"]), *arguments
        )
    print(__doc__)
    return 0 if command in ("-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main())
