r"""Adds a folder to this computer's search path for programs, or takes it out again.

    python search_path.py add|remove FOLDER

The set-up runs it: NSIS cuts a long path off, which would damage the computer's.
"""

import sys

KEY = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


def with_folder(path: str, folder: str) -> str:
    """The path with the folder at its end, once; all else of it unchanged."""
    rest = without_folder(path, folder)
    return f"{rest};{folder}" if rest else folder


def without_folder(path: str, folder: str) -> str:
    """The path without this folder, however it is written."""
    wanted = _plain(folder)
    if wanted not in map(_plain, path.split(";")):
        return path
    return ";".join(entry for entry in path.split(";") if _plain(entry) != wanted)


def _plain(entry: str) -> str:
    return entry.strip().strip('"').rstrip("\\").casefold()


def change(action: str, folder: str) -> None:
    """Write the path of this computer. It keeps its type, so that its variables stay variables."""
    if sys.platform != "win32":
        raise OSError("only Windows has such a path")
    import winreg

    rights = winreg.KEY_READ | winreg.KEY_WRITE
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY, access=rights) as key:
        path, kind = winreg.QueryValueEx(key, "Path")
        changed = {"add": with_folder, "remove": without_folder}[action](path, folder)
        if changed != path:
            winreg.SetValueEx(key, "Path", 0, kind, changed)


if __name__ == "__main__":
    change(*sys.argv[1:])
