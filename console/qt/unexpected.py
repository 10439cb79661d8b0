"""What no code expected: caught, told in words and written down, and the window lives on. CO4.

Without this, Qt ends the whole program when a slot or an event handler raises.
"""

import faulthandler
import logging
import os
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PyQt6.QtCore import QCoreApplication, QObject, pyqtSignal

from console.domain.language import tr

LOG_BYTES, LOG_FILES = 1_000_000, 3
log = logging.getLogger("muster.windows")


def words_for(error: BaseException) -> str:
    """What to tell the person, without names of the program's own parts."""
    if isinstance(error, OSError) and error.filename:
        name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename
        return f"{name}: {error.strerror}."
    if isinstance(error, MemoryError):
        return tr("This computer does not have enough memory for that. Check whether it was done.")
    return tr(
        "Something went wrong in this window. Check whether your last action was carried out, and "
        "try again. The details are in the log on this computer."
    )


class UnexpectedErrors(QObject):
    """Takes the place of Python's handlers of errors that nobody caught.

    happened: in words, from whichever thread. Of equal errors only the first is written down.
    """

    happened = pyqtSignal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        """folder: where the logs lie.

        `windows.log` has three files of one megabyte at most; `windows-crash.log` says where the
        process itself crashed.
        """
        super().__init__(parent)
        self._known: set[str] = set()
        _log_to(folder)
        sys.excepthook = self._caught
        threading.excepthook = lambda args: self._caught(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def _caught(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        place = f"{kind.__name__} {_place(where)}"
        if place not in self._known:
            self._known.add(place)
            log.error("unexpected: %s", place, exc_info=(kind, error, where))
        self.happened.emit(words_for(error))


def _log_to(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        faulthandler.enable((folder / "windows-crash.log").open("a"))
        handler: logging.Handler = RotatingFileHandler(
            folder / "windows.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8"
        )
    except OSError:  # whoever may not write there is still told in words
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.handlers, log.propagate = [handler], False


def _place(where: TracebackType | None) -> str:
    """The line that raised."""
    if where is None:
        return ""
    while where.tb_next is not None:
        where = where.tb_next
    return f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}"
