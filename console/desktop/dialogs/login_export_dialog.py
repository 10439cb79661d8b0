"""Which logins are exported, and what the signed statement on them says. N12."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from console.api import logins as api
from console.api.operation import ApiError
from console.desktop.widgets.day_field import DayField
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import button, label, row

DAYS = 31
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""Terminals know no days before and after."""
INTRO = tr(
    "The file contains the logins, the times that may miss some, and a signed statement about "
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
            self.last.set_problem(tr("The last day is before the first one."))
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
            problem = error.strerror or str(error)
            self.said.setText(tr("The file could not be written: {problem}", problem=problem))
            return
        written = tr_count(
            "{count:,} login was written to {file}.",
            "{count:,} logins were written to {file}.",
            file.rows,
            file=path.name,
        )
        self.said.setText(paragraph(written, *_said(file)))


def _said(file: api.LoginFile) -> tuple[str, str]:
    """What the statement says on the stored log and on its coverage, in short."""
    stored = (
        tr("No stored login is missing or was changed.")
        if file.whole
        else tr("The stored log was tampered with: logins were removed, added or changed.")
    )
    if not file.open_places:
        return stored, tr("Every terminal and kiosk was monitored or counted in all of this time.")
    missing = tr_count(
        "Logins of {count} terminal or kiosk may be missing.",
        "Logins of {count} terminals or kiosks may be missing.",
        file.open_places,
    )
    return stored, missing


def _midnight(day: date) -> datetime:
    """Here, as a moment in UTC."""
    return datetime.combine(day, time()).astimezone().astimezone(UTC)
