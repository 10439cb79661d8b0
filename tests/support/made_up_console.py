"""The console in the made-up language, shown page by page and dialog by dialog.

`python -m tests.support.made_up_console FOLDER SCREEN`: the last line that it prints is JSON, of
each page and dialog the texts that are not marked, and those that are cut. FOLDER: the data of the
site; SCREEN: of Qt's offscreen platform.
"""

import json
import platform
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from PyQt6.QtCore import QAbstractItemModel, QAbstractListModel, QEventLoop, Qt, QTimer
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabBar,
    QTextBrowser,
    QWidget,
)

from tests.support.made_up_language import speak_made_up, unmarked

MADE_UP = "1"
"""User name and names of all that the site holds: no letter of theirs is Latin."""
PASSWORD = "four random words here"
SHOWN_ROWS, SETTLED_MS, PATIENCE_MS = 30, 60, 30_000
NO_WORDS = re.compile(
    r"""\S+@\S+ | \S+://\S* | [\w.]+\.example\S* | (?<![\w⟧])/\S+ | [A-Z]:\\\S+
    | [A-Z]\w+/[A-Z][\w+-]*(?:/\w+)? | (?:(?:Ctrl|Shift|Alt)\+)+\S+ | \bF\d+\b
    | \b[0-9a-fA-F]{4,}\b | \*\.\w+""",
    re.VERBOSE,
)
"""Addresses, paths, time zones, keys, digests and kinds of files."""
NAMES = frozenset(
    {"Muster", "Excel", "English", "Bahasa", "Melayu", "Python", "PyQt", "Qt", "Linux", "Windows"}
    | {"CSV", "TLS", "STARTTLS", "SHA", "PDF", "JPEG", "PNG", "ZIP", "QR", "ID", "USB", "UTC"}
    | {"MB", "kB", "GB", "ms", "px", "SMTP", "URL", "Del", "Home", "End", "Tab", "Esc", "Enter"}
    | {"ABCD", "EFGH"}
)
"""Words that are the same in every language; the last two begin a made-up recovery key."""


def main() -> None:
    """Shows everything once."""
    folder, screen = sys.argv[1:]
    speak_made_up()
    from console.qt.language import use_language

    use_language("en")
    app = QApplication(["console", "-platform", f"offscreen:configfile={screen}"])
    from console import runtime
    from console.desktop.shell import Shell
    from console.qt.client import ServiceClient
    from console.qt.qt_texts import QtTexts
    from console.qt.theme import apply_theme
    from console.qt.themes import LIGHT

    QtTexts(app)
    apply_theme(app, LIGHT)
    running = runtime.find(Path(folder))
    assert running is not None
    client = ServiceClient(lambda: running.address)
    shell = Shell(client)
    shell.showMaximized()
    client.connect_service()
    known = _known()
    found = {}

    def note(name: str, window: QWidget, *parts: QWidget) -> None:
        _settle(client)
        english = [text for part in parts or (window,) for text in _english(part, known)]
        found[name] = {"english": english, "cut": _cut(window)}

    _until(shell.sign_in.username.isVisible)
    note("SignInForm", shell)
    shell.sign_in.username.edit.setText(MADE_UP)
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    _until(lambda: bool(shell.pages))
    _settle(client)
    for dialog in shell.findChildren(QDialog):
        dialog.reject()  # the first steps open by themselves
    for kind in shell.kinds:
        page = shell.open_page(kind)
        assert page is not None
        note(kind.__name__, shell, page)
    note("Shell", shell, shell.navigation, shell.top, shell.status)
    for opens in _dialogs(shell):
        dialog = opens()
        dialog.open()
        note(type(dialog).__name__, dialog)
        dialog.close()
    shell.close()
    print(json.dumps(found))


def _known() -> re.Pattern[str]:
    """What is data, and not said by the console."""
    from console.biometrics.faces.quality.profiles import PROFILES
    from console.desktop.licences import parts

    told = {text for part in parts() for text in (part.name, part.version, part.licence)}
    told |= {platform.platform(), platform.node(), *PROFILES}
    names = told | available_timezones()
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _dialogs(shell: Any) -> Iterator[Callable[[], QDialog]]:
    """Those that open without anything being chosen first."""
    from console.api.backups import NewKey
    from console.api.operators import TemporaryPassword
    from console.desktop.dialogs import (
        about_dialog,
        appearance_dialog,
        backup_places_dialog,
        campaign_dialog,
        consent_dialog,
        departments_dialog,
        erasures_dialog,
        first_steps_dialog,
        groups_dialog,
        help_dialog,
        import_dialog,
        imports_dialog,
        keys_dialog,
        link_rules_dialog,
        login_export_dialog,
        password_dialog,
        recover_dialog,
        recovery_key_dialog,
        retention_dialog,
        roll_out_dialog,
        second_factor_dialog,
        sessions_dialog,
        site_key_dialog,
        support_dialog,
        temporary_password_dialog,
        terminal_forms,
        updates_dialog,
    )
    from console.desktop.palette.dialog import PaletteDialog

    client = shell.client
    given = TemporaryPassword(username=MADE_UP, password="2345 6789", until=datetime.now(UTC))
    key = NewKey(groups=["2345"] * 14, asked=[3, 5])
    everywhere = shell.aids.everywhere()
    yield lambda: PaletteDialog(shell, shell)
    yield lambda: about_dialog.AboutDialog(client, None, shell)
    yield lambda: appearance_dialog.AppearanceDialog(shell.aids.looks, shell)
    yield lambda: backup_places_dialog.BackupPlacesDialog(client, change=True, parent=shell)
    yield lambda: campaign_dialog.CampaignDialog(client, shell)
    yield lambda: consent_dialog.ConsentDialog(client, shell)
    yield lambda: departments_dialog.DepartmentsDialog(client, shell)
    yield lambda: terminal_forms.DiscoverDialog(client, shell)
    yield lambda: erasures_dialog.ErasuresDialog(client, shell)
    yield lambda: first_steps_dialog.FirstStepsDialog(client, shell)
    yield lambda: groups_dialog.GroupsDialog(client, [], shell)
    yield lambda: help_dialog.HelpDialog(shell)
    yield lambda: import_dialog.ImportDialog(client, b"1;2", shell)
    yield lambda: imports_dialog.ImportsDialog(client, shell)
    yield lambda: keys_dialog.KeysDialog("", everywhere, everywhere, shell)
    yield lambda: link_rules_dialog.LinkRulesDialog(client, shell)
    yield lambda: login_export_dialog.LoginExportDialog(client, shell)
    yield lambda: password_dialog.PasswordDialog(client, str, shell)
    yield lambda: recover_dialog.RecoverDialog(client, MADE_UP, shell)
    yield lambda: recovery_key_dialog.RecoveryKeyDialog(client, key, shell)
    yield lambda: retention_dialog.RetentionDialog(client, shell)
    yield lambda: roll_out_dialog.RollOutDialog(client, shell)
    yield lambda: second_factor_dialog.SecondFactorDialog(client, shell)
    yield lambda: sessions_dialog.SessionsDialog(client, shell)
    yield lambda: site_key_dialog.SiteKeyDialog(client, shell)
    yield lambda: support_dialog.SupportDialog(client, shell)
    yield lambda: temporary_password_dialog.TemporaryPasswordDialog(given, shell)
    yield lambda: terminal_forms.TerminalForm(client, parent=shell)
    yield lambda: updates_dialog.UpdatesDialog(client, shell)


def _pass() -> None:
    """Lets the window work for a moment."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLED_MS, loop.quit)
    loop.exec()


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_MS // SETTLED_MS):
        if condition():
            return
        _pass()
    raise TimeoutError


def _settle(client: Any) -> None:
    """Until everything that was asked for is shown."""
    for _ in range(2):  # an answer may lead to another question
        _pass()
        _until(lambda: client.idle)
    _pass()


def _english(window: QWidget, known: re.Pattern[str]) -> list[str]:
    """The texts in sight, and those for screen readers and tips, that have words beside marks."""
    parts = [window, *window.findChildren(QWidget)]
    texts = {text for part in parts if part.isVisible() for text in _texts(part)}
    return sorted(text for text in texts if _has_words(text, known))


def _has_words(text: str, known: re.Pattern[str]) -> bool:
    rest = known.sub(" ", NO_WORDS.sub(" ", unmarked(text)))
    return bool(set(re.findall("[A-Za-z]{2,}", rest)) - NAMES)


def _texts(part: QWidget) -> Iterator[str]:
    """What one part says, to eyes and ears."""
    yield from (part.accessibleName(), part.accessibleDescription(), part.toolTip())
    if part.isWindow():
        yield part.windowTitle()
    match part:
        case QLabel():
            yield getattr(part, "whole", part.text())
        case QAbstractButton():
            yield part.text()
            menu = part.menu() if isinstance(part, QPushButton) else None
            for action in menu.actions() if menu is not None else ():
                yield action.text()
        case QLineEdit():
            yield part.placeholderText()
        case QComboBox():
            yield from (part.itemText(place) for place in range(part.count()))
        case QSpinBox():
            yield from (part.prefix(), part.suffix())
        case QTabBar():
            yield from (part.tabText(place) for place in range(part.count()))
        case QTextBrowser() | QPlainTextEdit():
            yield part.placeholderText()
            yield part.toPlainText() if isinstance(part, QTextBrowser) else ""
        case QAbstractItemView():
            model = part.model()
            yield from _cells(model) if model is not None else ()
        case _:
            pass


def _cells(model: QAbstractItemModel) -> Iterator[str]:
    """The headings and the first rows of a table or list."""
    is_list = isinstance(model, QAbstractListModel)
    columns = range(1 if is_list else model.columnCount())
    for column in columns:
        yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
    for row in range(min(model.rowCount(), SHOWN_ROWS)):
        for column in columns:
            index = model.index(row, column)
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                yield str(model.data(index, role) or "")


def _cut(window: QWidget) -> list[str]:
    """Labels and buttons that have less room than their text needs."""
    from console.qt.widgets import ElidedLabel

    found = []
    for part in window.findChildren(QWidget):
        if not part.isVisible() or isinstance(part, ElidedLabel):
            continue
        if isinstance(part, QLabel) and part.text():
            wraps = part.wordWrap() and part.height() < part.heightForWidth(part.width())
            if wraps or (not part.wordWrap() and part.width() < part.sizeHint().width()):
                found.append(part.text())
        elif (
            isinstance(part, QAbstractButton)
            and part.text()  # one with a picture alone, in a field, is as small as the field
            and part.width() < part.sizeHint().width()
        ):
            found.append(part.text())
    return sorted(found)


if __name__ == "__main__":
    main()
