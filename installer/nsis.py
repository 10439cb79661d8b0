"""Makes the set-up out of a staged folder, with NSIS."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from installer.payload import files_of
from installer.wheel import ROOT

SCRIPT = ROOT / "installer" / "muster.nsi"
DEBIAN_PACKAGE = "nsis"


class NoCompiler(Exception):
    """NSIS is not installed; the text names the package."""


def make_setup(staged: Path, work: Path, output: Path, version: str, method: str) -> None:
    """Write `output`. method: store (quick) or lzma (small). Raises NoCompiler.

    work: holds the pictures of pictures.py.
    """
    compiler = shutil.which("makensis")
    if compiler is None:
        raise NoCompiler(f"makensis is missing: install Debian's package {DEBIAN_PACKAGE}")
    files = files_of(staged)
    (work / "install.nsh").write_text("\n".join(install_lines(staged, files)), "utf-8")
    (work / "uninstall.nsh").write_text("\n".join(uninstall_lines(files)), "utf-8")
    (work / "entries.nsh").write_text("\n".join(entry_lines(files)), "utf-8")
    numbers = ".".join([*version.split("."), "0", "0"][:4])
    defines = {
        "VERSION": version,
        "NUMBERS": numbers,
        "PAYLOAD": staged,
        "PICTURES": work,
        "LISTS": work,
        "OUTPUT": output,
        "METHOD": method,
    }
    arguments = [f"-D{name}={value}" for name, value in defines.items()]
    command = [compiler, "-V2", "-INPUTCHARSET", "UTF8", "-WX", *arguments, str(SCRIPT)]
    subprocess.run(command, check=True, timeout=1800)


def install_lines(staged: Path, files: Iterable[Path]) -> list[str]:
    """The lines that unpack each file into its folder, folder by folder, in the order given."""
    lines, folder = [], None
    for path in files:
        if path.parent != folder:
            folder = path.parent
            lines.append(f"SetOutPath {_quoted(path.parent)}")
        lines.append(f'File "{_plain(str(staged / path))}"')
    return lines


def uninstall_lines(files: Iterable[Path]) -> list[str]:
    """The lines that delete each file, what Python compiled of it, and folders left empty."""
    files = list(files)
    folders = {parent for path in files for parent in path.parents if parent != Path()}
    compiled = {path.parent / "__pycache__" for path in files if path.suffix == ".py"}
    lines = [f"Delete {_quoted(path)}" for path in files]
    lines += [f"Delete {_quoted(folder / '*.*')}" for folder in sorted(compiled)]
    deepest_first = sorted(folders | compiled, key=lambda path: (-len(path.parts), str(path)))
    return lines + [f"RMDir {_quoted(folder)}" for folder in deepest_first]


def entry_lines(files: Iterable[Path]) -> list[str]:
    """The lines that call a macro for each file and folder at the top."""
    names = sorted({path.parts[0] for path in files})
    return [f'!insertmacro ${{EACH}} "{_plain(name)}"' for name in names]


def _quoted(path: Path) -> str:
    return f'"{_plain("$INSTDIR", str(PureWindowsPath(path)))}"'


def _plain(*parts: str) -> str:
    r"""The path as NSIS reads it: a dollar sign of a file's name is no variable."""
    prefix, name = parts if len(parts) == 2 else ("", parts[0])
    name = name.replace("$", "$$")
    if not prefix:
        return name
    return prefix if name == "." else f"{prefix}\\{name}"
