"""What is done about the data of the employees who are selected: hand out, hold, erase. N7, N8."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QMenu

from console.api import erasure as api
from console.api import privacy
from console.api.employees import EmployeeRow
from console.api.operation import ById, Nothing
from console.desktop.dialogs.consent_dialog import ConsentDialog
from console.desktop.dialogs.erase_dialog import EraseDialog
from console.desktop.dialogs.erasures_dialog import ErasuresDialog
from console.desktop.dialogs.retention_dialog import RetentionDialog
from console.desktop.page import Page
from console.domain.language import tr
from console.domain.operators import Role
from console.domain.today import Concern
from console.qt.questions import ask_text
from console.qt.widgets import button


class PrivacyMenu:
    """A button with a menu, for a page that lists employees."""

    def __init__(
        self,
        page: Page,
        selected: Callable[[], list[EmployeeRow]],
        with_chosen: Callable[[Callable[[list[str]], object]], None],
    ) -> None:
        """with_chosen: goes on with the ids of all who are meant by what is selected."""
        self._page, self._selected, self._with_chosen = page, selected, with_chosen
        self.button = button(tr("Privacy"), lambda: None)
        menu = QMenu(self.button)
        self.file = menu.addAction(tr("Everything stored about this person…"), self._ask_file)
        self.hold = menu.addAction(tr("Legal hold…"), self._ask_hold)
        self.erase = menu.addAction(tr("Erase…"), self.open_erase)
        menu.addSeparator()
        menu.addAction(tr("Erasures and receipts…"), self.open_erasures)
        menu.addAction(tr("How long data is kept…"), self.open_retention)
        menu.addAction(tr("Consent…"), self.open_consent)
        menu.addAction(tr("Draft impact assessment…"), self._ask_assessment)
        menu.aboutToShow.connect(self._about_to_show)
        self.button.setMenu(menu)

    def show_for(self, role: Role | None) -> None:
        """Administrators do all of it; auditors read."""
        self.button.setVisible(role in (Role.ADMIN, Role.AUDITOR))
        for action in (self.hold, self.erase):
            assert action is not None
            action.setVisible(role is Role.ADMIN)

    def _about_to_show(self) -> None:
        count = len(self._selected())
        assert self.file is not None
        assert self.hold is not None
        assert self.erase is not None
        self.file.setEnabled(count == 1)
        self.hold.setEnabled(count == 1)
        self.erase.setEnabled(count > 0)

    def open_erase(self) -> None:
        """Asks before those who are selected are erased."""
        selected = self._selected()

        def ask(ids: list[str]) -> None:
            only = selected[0] if len(ids) == 1 else None
            dialog = EraseDialog(self._page.client, ids, only, self._page)
            dialog.done_text.connect(lambda text: self._page.message.emit(text, False))
            dialog.open()

        self._with_chosen(ask)

    def open_erasures(self, *, concern: Concern | None = None) -> ErasuresDialog:
        """Opens the erasures with their receipts: all, or what this line counts."""
        dialog = ErasuresDialog(self._page.client, self._page, concern)
        dialog.open()
        return dialog

    def open_retention(self) -> RetentionDialog:
        """Opens how long each kind of data is kept."""
        dialog = RetentionDialog(self._page.client, self._page)
        dialog.done_text.connect(lambda text: self._page.message.emit(text, False))
        dialog.open()
        return dialog

    def open_consent(self, *, due: bool = False) -> ConsentDialog:
        """Opens on what the use of faces rests, and who still has to answer, or has to soon."""
        dialog = ConsentDialog(self._page.client, self._page, due=due)
        dialog.done_text.connect(lambda text: self._page.message.emit(text, False))
        dialog.open()
        return dialog

    def _ask_hold(self) -> None:
        person = self._selected()[0]
        self._page.call(api.get_hold, ById(id=person.id), lambda now: self._hold(person, now))

    def _hold(self, person: EmployeeRow, now: api.HoldState) -> None:
        question = tr("Why must this data be kept? Leave empty to end the hold.")
        title = tr("Legal hold: {name}", name=person.full_name)
        typed = ask_text(self._page, title, question, tr("Save"), text=now.reason)
        if typed is not None:
            self.set_hold(person, typed)

    def set_hold(self, person: EmployeeRow, reason: str) -> None:
        """Places a hold, or ends it where the reason is empty."""

        def tell(now: api.HoldState) -> None:
            name = person.full_name
            on, off = (
                tr("{name} is on legal hold.", name=name),
                tr("{name} is not on legal hold.", name=name),
            )
            self._page.message.emit(on if now.reason else off, False)

        self._page.call(api.hold, api.Hold(employee_id=person.id, reason=reason), tell)

    def _ask_file(self) -> None:
        person = self._selected()[0]
        path, _ = QFileDialog.getSaveFileName(
            self._page,
            tr("Everything stored about this person"),
            f"muster-{person.number}.zip",
            "*.zip",
        )
        if path:
            self.save_file(person, Path(path))

    def save_file(self, person: EmployeeRow, path: Path) -> None:
        """Writes everything that is kept of a person."""
        self._page.call(
            api.export_person, ById(id=person.id), lambda found: self._write(path, found.data)
        )

    def _ask_assessment(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self._page, tr("Draft impact assessment"), "impact-assessment.html", "*.html"
        )
        if path:
            self.save_assessment(Path(path))

    def save_assessment(self, path: Path) -> None:
        """Writes the draft, filled from the settings of the site."""
        self._page.call(
            privacy.assess_impact, Nothing(), lambda draft: self._write(path, draft.page.encode())
        )

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.write_bytes(data)
        except OSError as error:
            text = tr("The file cannot be written: {problem}", problem=error.strerror)
            self._page.message.emit(text, True)
            return
        self._page.message.emit(tr("Saved as {file}.", file=path.name), False)
