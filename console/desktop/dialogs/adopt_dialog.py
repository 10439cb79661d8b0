"""Taking over the people that a terminal already has, or wrote to a USB stick. P8, P9."""

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from console.api import tasks as api
from console.api import terminals as terminals_api
from console.api import usb_stick as usb_api
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.consent import STATEMENT_CHARS
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

_HOW = {
    "number": ("Same number", "pass"),
    "name": ("Same name", "info"),
    "nobody": ("New employee", "warn"),
}


def _name(candidate: api.Candidate) -> str:
    nameless = tr("cannot be read for certain") if candidate.unread else tr("without a name")
    return candidate.name or nameless


class AdoptDialog(Dialog):
    """The people on a terminal and who they may be; takes the selected ones over.

    file: what the terminal wrote to a USB stick, where it has no network.
    """

    def __init__(
        self,
        client: ServiceClient,
        terminal: terminals_api.TerminalRow,
        parent: QWidget | None = None,
        file: usb_api.PeopleFile | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{tr('People on')} {terminal.name}")
        self.open_at(QSize(860, 560))
        self._terminal, self._file = terminal, file
        self._candidates: Sequence[api.Candidate] = ()
        self._taken: set[str] = set()
        self.watch = TaskWatch(client, self)
        columns: list[Column[api.Candidate]] = [
            Column(tr("Number there"), lambda c: c.pin, 120),
            Column(tr("Name there"), _name, 190),
            Column(tr("Fingers"), lambda c: str(c.fingers), 80),
            Column(
                tr("Known by"), lambda c: tr(_HOW[c.how][0]), 140, tone=lambda c: _HOW[c.how][1]
            ),
            Column(tr("Here"), lambda c: c.employee or tr("will be added")),
        ]
        self.model: PagedModel[api.Candidate] = PagedModel(columns, lambda c: c.pin, self)
        self.table = Table(self.model, tr("People on the terminal"))
        self.nobody = EmptyState(
            "users", tr("Nobody is on this terminal"), tr("There is nobody to take over.")
        )
        self.list = Switch(self.table, self.nobody)
        reading = tr("Reading the file…") if file else tr("Reading the terminal…")
        self.summary = label(reading, "heading", wrap=True)
        self.adopt = button(tr("Take over"), self._adopt, "primary")
        self.adopt.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self.summary)
        layout.addWidget(
            label(
                tr(
                    "A person known by their name keeps the number that the terminal knows them by."
                ),
                "soft",
                wrap=True,
            )
        )
        self.basis = QLineEdit()
        self.basis.setMaxLength(STATEMENT_CHARS)
        self.basis.setAccessibleName(tr("Basis for their fingerprints"))
        self.basis.setPlaceholderText(tr("For example: signed consent forms of 2024, kept by HR"))
        layout.addWidget(card([self.list], margin=1), 1)
        asked = label(
            tr(
                "On what basis may their fingerprints be used? Without one, fingerprints of "
                "people who have not agreed at the desk are stored, and not used."
            ),
            "soft",
            wrap=True,
        )
        layout.addWidget(asked)
        layout.addWidget(self.basis)
        self.strip = TaskStrip(self.watch)
        layout.addWidget(self.strip)
        self.write = button(tr("Write a file for the stick…"), self._write, icon_name="download")
        layout.addWidget(row(self.write, None, button(tr("Close"), self.reject), self.adopt))
        for widget in (asked, self.basis):
            widget.setVisible(file is None)
        self.write.setVisible(file is not None)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._selection_changed())
        self.watch.ended.connect(self._ended)
        if file is None:
            self.watch.start(api.on_unit, api.OnUnit(terminal_id=terminal.id, action="adopt"))
        else:
            self.watch.start(usb_api.list_people, file)

    def _ended(self, task: api.Task) -> None:
        if task.state != "done":
            return
        self.strip.hide()
        self.summary.setText(task.result.text)
        if task.result.file:
            self._ask_where(task.result.file)
            return
        if self._taken:
            self._done(task.result.text)
            return
        self._show(task.result.candidates)
        self.table.selectAll()

    def _done(self, said: str) -> None:
        """Shows whom it left: what the rows said of the others is past."""
        left = [person for person in self._candidates if person.pin not in self._taken]
        self._show(left)
        self.nobody.set_text(tr("Everybody is taken over"), said)
        self.table.clearSelection()

    def _show(self, candidates: Sequence[api.Candidate]) -> None:
        self._candidates = candidates
        self.model.show_rows(candidates)
        self.list.show_part(self.table if candidates else self.nobody)

    def _selection_changed(self) -> None:
        chosen = len(self.table.selected())
        self.adopt.setEnabled(chosen > 0)
        self.adopt.setText(f"{tr('Take over')} {chosen:,}" if chosen else tr("Take over"))

    def _adopt(self) -> None:
        pairs = [(chosen.pin, chosen.employee_id) for chosen in self.table.selected()]
        self._taken = {pin for pin, _ in pairs}
        self.adopt.setEnabled(False)
        if self._file is not None:
            request = usb_api.AdoptFromFile(file=self._file, pairs=pairs)
            self.watch.start(usb_api.adopt_from_file, request)
            return
        self.watch.start(
            api.adopt_people,
            api.AdoptPeople(
                terminal_id=self._terminal.id, pairs=pairs, basis=self.basis.text().strip()
            ),
        )

    def _write(self) -> None:
        assert self._file is not None
        self.watch.start(usb_api.write_people, self._file)

    def _ask_where(self, content: bytes) -> None:
        kinds = f"{tr('People of a terminal')} (*.dat)"
        name, _ = QFileDialog.getSaveFileName(self, tr("Save the file"), "user.dat", kinds)
        if name:
            self.save_to(Path(name), content)

    def save_to(self, path: Path, content: bytes) -> None:
        """Writes what the terminal is to read from the stick."""
        try:
            path.write_bytes(content)
        except OSError as error:
            self.summary.setText(str(error))
