"""Help with readers: the doctor, and readers that are sold under other USB numbers."""

import re
import threading

from PyQt6.QtCore import QObject, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from bridge.readers.doctor import ReaderFinding, examine
from bridge.readers.models import MODELS
from console.api import fingers as api
from console.api.operation import ApiError
from console.desktop.dialogs.doctor_dialog import OUTCOMES
from console.domain.kept_texts import said
from console.domain.language import tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.equipment import Aliases
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Field, Switch, button, card, label, row

LIKE = {"zk4500": "ZKTeco ZK4500", "uru4000": "U.are.U 4000, 4500"}
USB_NUMBERS = re.compile(r"\s*([0-9a-fA-F]{4})\s*[:/ ]\s*([0-9a-fA-F]{4})\s*")


class _Examination(QObject):
    """Runs the doctor in a thread: opening devices may take seconds."""

    found = pyqtSignal(object)

    def start(self, aliases: Aliases) -> None:
        threading.Thread(
            target=lambda: self.found.emit(examine(aliases)), name="reader doctor", daemon=True
        ).start()


class ReaderDoctorDialog(Dialog):
    """Examines the readers: seen, driver bound, permitted, free; and what to do about each."""

    def __init__(self, aliases: Aliases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Fingerprint readers on this computer"))
        self.open_at(QSize(900, 480))
        self._aliases = aliases
        columns: list[Column[ReaderFinding]] = [
            Column(tr("Step"), lambda f: said(f.step), 120),
            Column(
                tr("Result"),
                lambda f: OUTCOMES[f.outcome][0],
                120,
                tone=lambda f: OUTCOMES[f.outcome][1],
            ),
            Column(tr("Finding"), lambda f: said(f.cause), 310),
            Column(tr("What to do"), lambda f: said(f.remedy)),
        ]
        self.model: PagedModel[ReaderFinding] = PagedModel(
            columns, lambda f: (f.step, f.cause), self
        )
        self.table = Table(self.model, tr("Findings"))
        self.table.wrap()
        self.state = label("", "soft")
        self.again = button(tr("Diagnose again"), self._start, icon_name="refresh")
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(card([self.table], margin=1), 1)
        layout.addWidget(row(self.state, None, self.again, button(tr("Close"), self.reject)))
        self._examination = _Examination(self)
        self._examination.found.connect(self.show_findings)
        self._start()

    def _start(self) -> None:
        self.again.setEnabled(False)
        self.state.setText(tr("Diagnosing…"))
        self._examination.start(self._aliases)

    def show_findings(self, found: list[ReaderFinding]) -> None:
        """Shows what the examination found."""
        self.model.show_rows(found)
        self.again.setEnabled(True)
        failed = sum(finding.outcome == "fail" for finding in found)
        self.state.setText(
            tr_count("{count} problem to fix.", "{count} problems to fix.", failed)
            if failed
            else tr("No problems found.")
        )


class ReaderSettingsDialog(Dialog):
    """Readers sold under other names: their USB numbers, and the known reader they work like.

    saved: the `api.ReaderSettings`.
    """

    saved = pyqtSignal(object)

    def __init__(
        self, client: ServiceClient, settings: api.ReaderSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Rebranded readers"))
        self.open_at(QSize(640, 520))
        self._client = client
        self._aliases = list(settings.aliases)
        columns: list[Column[api.Alias]] = [
            Column(tr("Name"), lambda a: a.name, 160),
            Column(tr("USB numbers"), lambda a: f"{a.vendor_id:04x}:{a.product_id:04x}", 110),
            Column(tr("Same as"), lambda a: LIKE.get(a.driver, a.driver), 150),
            Column(tr("Picture"), _picture_text),
        ]
        self.model: PagedModel[api.Alias] = PagedModel(
            columns, lambda a: (a.vendor_id, a.product_id), self
        )
        self.table = Table(self.model, tr("Readers"))
        advice = tr(
            "Rebranded readers often use a known protocol. Find their USB numbers in the Device "
            "Manager or with lsusb."
        )
        self.list = Switch(
            self.table, EmptyState("fingerprint", tr("No rebranded readers"), advice)
        )
        self.name, self.numbers = (
            Field(tr("Name"), hint="OFIS-Y"),
            Field(tr("USB numbers"), hint="1b55:0840"),
        )
        self.driver = QComboBox()
        self.driver.setAccessibleName(tr("Same as"))
        for driver, text in LIKE.items():
            self.driver.addItem(text, driver)
        self.turned, self.mirrored = QCheckBox(tr("Upside down")), QCheckBox(tr("Mirrored"))
        self.inverted = QCheckBox(tr("Inverted (light ridges)"))
        self.remove = button(tr("Remove"), self._remove, "danger")
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(row(self.name, self.numbers))
        layout.addWidget(
            row(
                label(tr("Same as"), "soft"),
                self.driver,
                self.turned,
                self.mirrored,
                self.inverted,
                None,
            )
        )
        layout.addWidget(
            row(
                button(tr("Add"), self._add, "primary", "plus"),
                self.remove,
                None,
                button(tr("Close"), self.reject),
            )
        )
        self._show()

    def _show(self) -> None:
        aliases = list(self._aliases)
        self.model.show_rows(aliases)
        self.list.show_part(self.table if aliases else self.list.parts[1])
        self.remove.setEnabled(bool(aliases))

    def _add(self) -> None:
        for field in (self.name, self.numbers):
            field.set_problem("")
        found = USB_NUMBERS.fullmatch(self.numbers.text())
        if found is None:
            self.numbers.set_problem(
                tr("Enter two numbers of four hexadecimal digits, for example 1b55:0840.")
            )
            return
        if not self.name.text().strip():
            self.name.set_problem(tr("Enter the name under which the reader is sold."))
            return
        driver = str(self.driver.currentData())
        base = next(model for model in MODELS if model.driver == driver)
        alias = api.Alias(
            vendor_id=int(found[1], 16),
            product_id=int(found[2], 16),
            driver=driver,
            name=self.name.text().strip(),
            dpi=0,
            turned=self.turned.isChecked() != base.turned,
            mirrored=self.mirrored.isChecked() != base.mirrored,
            inverted=self.inverted.isChecked() != base.inverted,
        )
        same = (alias.vendor_id, alias.product_id)
        self._save(
            [*(one for one in self._aliases if (one.vendor_id, one.product_id) != same), alias]
        )

    def _remove(self) -> None:
        chosen = {(alias.vendor_id, alias.product_id) for alias in self.table.selected()}
        self._save(
            [alias for alias in self._aliases if (alias.vendor_id, alias.product_id) not in chosen]
        )

    def _save(self, aliases: list[api.Alias]) -> None:
        self._client.call(
            api.save_readers, api.ReaderSettings(aliases=aliases), self._saved, self._failed, self
        )

    def _saved(self, settings: api.ReaderSettings) -> None:
        self._aliases = list(settings.aliases)
        self.saved.emit(settings)
        self.name.edit.clear()
        self.numbers.edit.clear()
        self._show()

    def _failed(self, error: ApiError) -> None:
        self.numbers.set_problem(error.message)


def _picture_text(alias: api.Alias) -> str:
    words = (
        [tr("Upside down")] * bool(alias.turned)
        + [tr("Mirrored")] * bool(alias.mirrored)
        + [tr("Inverted")] * bool(alias.inverted)
    )
    return " · ".join(words) or tr("As the known reader")
