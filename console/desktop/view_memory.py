"""What the console remembers of each operator on this computer: window, page, tables, look.

Whatever is in the file is only taken as far as it fits: pages, columns and screens may have changed
since, and anybody may have written to it.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from console.domain.appearance import Appearance
from console.qt.table_view import TableView

FILE = "console.json"
MOST_BYTES = 1 << 20
MOST_OPERATORS = 50
"""Beyond so many, whoever was here longest ago is forgotten."""
State = dict[str, str]
"""What a list shows, as the page names its choices; {} for everything."""


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view of a list that the operator has named."""

    name: str
    state: State = {}


class OperatorView(msgspec.Struct, frozen=True, kw_only=True):
    """What one operator left.

    page: its class; size: of the window when it does not fill the screen, px; tables: by page and
    name; saved: views of its list, by page; appearance: None if they have never chosen one.
    """

    page: str = ""
    size: tuple[int, int] | None = None
    maximized: bool = False
    tables: dict[str, TableView] = {}
    saved: dict[str, list[SavedView]] = {}
    appearance: Appearance | None = None


class _Kept(msgspec.Struct, kw_only=True):
    """operators: by username, whoever was here last at the end; appearance: chosen last.

    language: BCP 47 tag; "" for that of the operating system.
    """

    operators: dict[str, OperatorView] = {}
    appearance: Appearance = Appearance()
    language: str = ""


class ViewMemory:
    """The views of all operators; without a folder, only until the console ends."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._path = folder / FILE if folder is not None else None
        self._kept = self._load()

    def of(self, username: str) -> OperatorView:
        """What this operator left."""
        return self._kept.operators.get(username, OperatorView())

    @property
    def newest(self) -> OperatorView:
        """What the operator left who was here last; the window looks so until somebody signs in."""
        return next(reversed(self._kept.operators.values()), OperatorView())

    @property
    def appearance(self) -> Appearance:
        """How this computer was left; the window looks so until somebody signs in."""
        return self._kept.appearance

    @property
    def language(self) -> str:
        """The tag of the language that was chosen on this computer; "" if none was."""
        return self._kept.language

    def keep_language(self, language: str) -> None:
        """Remembers this for the computer."""
        self._kept.language = language
        self._write()

    def appearance_of(self, username: str) -> Appearance:
        """What this operator chose, else how this computer was left."""
        return self.of(username).appearance or self.appearance

    def keep_appearance(self, username: str, appearance: Appearance) -> None:
        """Remembers this for the computer, and for the operator; "" for nobody."""
        self._kept.appearance = appearance
        if username:
            view = msgspec.structs.replace(self.of(username), appearance=appearance)
            self._kept.operators[username] = view
        self._write()

    def keep(self, username: str, view: OperatorView) -> None:
        """Remembers this."""
        self._kept.operators.pop(username, None)
        self._kept.operators[username] = view
        self._write()

    def _write(self) -> None:
        operators = self._kept.operators
        while len(operators) > MOST_OPERATORS:
            del operators[next(iter(operators))]
        if self._path is None:
            return
        part = self._path.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):  # of a full disk, say; then it is remembered until the end
            part.write_bytes(msgspec.json.encode(self._kept))
            part.replace(self._path)

    def _load(self) -> _Kept:
        try:
            if self._path is not None and self._path.stat().st_size <= MOST_BYTES:
                return msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, ValueError):  # there is none yet, or it is not ours
            pass
        return _Kept()
