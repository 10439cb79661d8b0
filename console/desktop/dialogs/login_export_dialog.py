"""Which logins are exported, and what the signed statement on them says. N12."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from console.api import logins as api
from console.api.operation import ApiError
from console.desktop.widgets.day_field import DayField
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import button, label, row

DAYS = 31
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""Terminals know no days before and after."""
INTRO = tr(
    "The file holds the logins, the times for which some may be missing, and a signed statement on "
    "both. “muster check-logins” checks it on any computer."
)


class LoginExportDialog(Dialog):
    """Asks for the first and the last day, and where to write the file."""

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export the login log"))
        sized(self, least_width=460)
        self._client = client
        today = date.today()  # noqa: DTZ011 - the day of whoever sits here
        self.first, self.last = DayField(tr("First day")), DayField(tr("Last day"))
        self.first.show_day(today - timedelta(days=DAYS - 1))
        self.last.show_day(today)
        self.said = label("", "soft", wrap=True)
        self.export = button(tr("Export…"), self._ask_file, "primary")
        self.close_button = button(tr("Close"), self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(INTRO, "soft", wrap=True))
        layout.addWidget(row(self.first, self.last))
        layout.addWidget(self.said)
        layout.addWidget(row(None, self.close_button, self.export))

    def _request(self) -> api.ExportLogins | None:
        for field in (self.first, self.last):
            field.set_problem("")
        try:
            first, last = self.first.day(), self.last.day()
        except ValueError:
            return None
        if first and last and first > last:
            self.last.set_problem(tr("The last day lies before the first one."))
            return None
        after = last + timedelta(days=1) if last else LATEST
        return api.ExportLogins(since=_midnight(first or EARLIEST), until=_midnight(after))

    def _ask_file(self) -> None:
        request = self._request()
        if request is None:
            return
        days = [text for field in (self.first, self.last) if (text := field.text().strip())]
        name = "-".join(["muster-logins", *days]) + ".zip"
        title, kinds = tr("Export the login log"), tr("ZIP files (*.zip)")
        path, _ = QFileDialog.getSaveFileName(self, title, name, kinds)
        if path:
            self.export.setEnabled(False)
            self.said.setText(tr("Reading the whole log…"))
            self._client.call(
                api.export_logins, request, partial(self._write, Path(path)), self._failed
            )

    def _failed(self, error: ApiError) -> None:
        self.export.setEnabled(True)
        self.said.setText(error.message)

    def _write(self, path: Path, file: api.LoginFile) -> None:
        self.export.setEnabled(True)
        try:
            path.write_bytes(file.data)
        except OSError as error:
            self.said.setText(f"{tr('The file cannot be written')}: {error.strerror}")
            return
        self.said.setText(f"{file.rows:,} {tr('logins written to')} {path.name}. {_said(file)}")


def _said(file: api.LoginFile) -> str:
    """What the statement says, in short."""
    stored = (
        tr("No login that was stored is missing or was changed.")
        if file.whole
        else tr("The stored log was changed by hand: logins are missing, added or not as reported.")
    )
    if not file.open_places:
        return f"{stored} {tr('Every terminal and kiosk was watched or counted all the time.')}"
    return f"{stored} {tr('Terminals and kiosks that may miss some:')} {file.open_places}."


def _midnight(day: date) -> datetime:
    """Here, as a moment in UTC."""
    return datetime.combine(day, time()).astimezone().astimezone(UTC)
