"""`muster demo --tour`: the whole path by itself, with screenshots and a table of durations."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtWidgets import QApplication

from bridge.terminals.zk.session import PORT
from console.api import invitations as invitations_api
from console.api.employees import EmployeeRow
from console.api.tasks import OnUnit
from console.demo.browser import NoBrowser, enrol_by_phone
from console.demo.email_window import EmailSignal, EmailWindow
from console.demo.employee import PortalVisit
from console.demo.mailbox import link_in
from console.demo.people import OPERATOR, OPERATOR_NAME, SITE, people_csv
from console.demo.photos import blurred_photo, good_photos, small_face_photo, write_film
from console.demo.qt_messages import collecting_warnings
from console.demo.reader import DemoReader
from console.demo.seed import OLD_HOST, OLD_SERIAL, OLD_SUBNET, UNITS, add_old_terminal
from console.demo.site import DemoSite
from console.demo.tour_desk import walk_the_desk
from console.demo.tour_driver import TourDriver
from console.demo.tour_kiosk import KioskWalk
from console.demo.tour_photos import walk_the_photos
from console.desktop.dialogs.adopt_dialog import AdoptDialog
from console.desktop.dialogs.doctor_dialog import DoctorDialog
from console.desktop.dialogs.first_steps_dialog import FirstStepsDialog
from console.desktop.dialogs.import_dialog import ImportDialog
from console.desktop.dialogs.plan_dialog import PlanDialog
from console.desktop.dialogs.terminal_forms import DiscoverDialog, TerminalForm
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.settings import TESTING, SettingsPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.shell import Shell
from console.domain.funnel import Stage
from console.domain.invitations import Status
from console.domain.terminals import TerminalStatus
from console.qt.client import ConnectionState, ServiceClient
from console.qt.garbage import GarbageCollector
from console.qt.theme import apply_theme
from console.qt.themes import DARK, LIGHT
from console.service.outbox import SUBJECTS

SIZE = (1366, 768)
"""The size of the console's window in pixels: a laptop's screen."""
ODD_ROW = "12 34,Bad,Row,not-an-address,Office\n"
"""A row with errors, for the preview of the import."""


def run_tour(folder: Path, out: Path, theme: str) -> int:
    """Walks the path; 0 if every step worked and Qt warned of nothing. Pictures go to `out`."""
    app = QApplication.instance() or QApplication(["muster"])
    assert isinstance(app, QApplication)
    GarbageCollector(app)
    apply_theme(app, DARK if theme == "dark" else LIGHT)
    out.mkdir(parents=True, exist_ok=True)
    tour = Tour(folder, out, theme == "dark")
    with collecting_warnings() as warnings:
        try:
            tour.walk()
        finally:
            tour.print_table()
    print(f"Screenshots: {out.resolve()}")
    return 1 if warnings else 0


class Tour(TourDriver):
    """Drives the real windows, a real browser and simulated terminals against a real service."""

    def __init__(self, folder: Path, out: Path, dark: bool) -> None:
        super().__init__(folder, out)
        self._dark = dark
        self._reader = DemoReader()

    def walk(self) -> None:
        """Walks the whole path."""
        emails = EmailSignal()
        with DemoSite(self.folder / "site", emails.arrived.emit) as demo:
            with self.step("Open the console"):
                client = ServiceClient(demo.locate)
                shell = Shell(client, equipment=self._reader.equipment())
                shell.resize(*SIZE)
                shell.show()
                client.connect_service()
                self.until(
                    lambda: client.state is ConnectionState.SIGNED_OUT,
                    "the connection to the service",
                )
            self._set_up(shell)
            self._settings(shell, demo)
            self._employees(shell)
            self._terminals(shell, demo)
            person, helped = self._invite(shell, demo, emails)
            self._enrol(demo, person)
            self._needs_another_try(demo, helped)
            self._review(shell, person)
            self._on_terminals(shell, demo, person)
            self._log_in(shell, demo, person)
            self._old_terminal(shell, demo)
            walk_the_desk(self, shell, self._reader)
            KioskWalk(self, shell, demo).walk()
            walk_the_photos(self, shell)
            self._service_goes_away(shell, demo)
            shell.close()

    def _set_up(self, shell: Shell) -> None:
        with self.step("Set the site up, sign in"):
            form, password = shell.sign_in, secrets.token_urlsafe(12)
            self.until(form.site.isVisible, "the first-run form")
            for field, text in (
                (form.site, SITE),
                (form.name, OPERATOR_NAME),
                (form.username, OPERATOR),
                (form.password, password),
                (form.repeat, password),
            ):
                field.edit.setText(text)
            self.shoot(shell, "first run")
            form.go.click()
            self.until(lambda: shell.client.state is ConnectionState.READY, "signing in")
            page = shell.open_page(EmployeesPage)
            self.until(
                lambda: isinstance(page, EmployeesPage) and page.list.shown is page.empty,
                "the empty list",
            )
            steps = self.until(lambda: shell.findChild(FirstStepsDialog), "the first steps")
            self.until(steps.put_away.isEnabled, "the state of the first steps")
            steps.put_away.click()
            self.until(shell.first_steps.isHidden, "the end of the first steps")
            self.shoot(shell, "employees empty")

    def _settings(self, shell: Shell, demo: DemoSite) -> None:
        with self.step("Point Muster at the email server") as notes:
            shell.open_page(SettingsPage)
            page = shell.pages[SettingsPage]
            assert isinstance(page, SettingsPage)
            self.until(lambda: page.site.text() == SITE, "the settings")
            email = demo.email_settings(SITE).email
            page.host.edit.setText(email.host)
            page.port.setValue(email.port)
            page.security.setCurrentIndex(2)
            page.sender_address.edit.setText(email.sender)
            page.test_to.edit.setText("h.farid@hartmann.example")
            page.send_test()
            self.until(
                lambda: demo.mailbox.emails and page.result.text() not in ("", TESTING),
                "the test email",
            )
            notes.append("test email arrived")
            self.shoot(shell, "settings")

    def _employees(self, shell: Shell) -> None:
        shell.open_page(EmployeesPage)
        page = shell.pages[EmployeesPage]
        assert isinstance(page, EmployeesPage)
        with self.step("Import employees from CSV") as notes:
            path = self.folder / "people.csv"
            path.write_text(people_csv() + ODD_ROW, "utf-8")
            page.import_file(path)
            dialog = page.findChild(ImportDialog)
            assert dialog is not None
            self.until(dialog.apply.isEnabled, "the preview")
            self.shoot(dialog, "import preview")
            dialog.apply.click()
            self.until(lambda: page.model.rowCount() >= 40, "the import")
            notes.append(f"{page.model.rowCount()} people, 1 row left out")
        with self.step("Search, sort, edit"):
            page.search("ware")
            self.until(lambda: page.model.rowCount() == 10, "the search")
            page.search("")
            page.table.sort_requested.emit("number", False)
            page.table.show_sorted("number", False)
            self.until(
                lambda: page.model.rowCount() >= 40 and page.model.row(0).number == "1001",
                "the order",
            )
            page.panel.show_employee(page.model.row(0))
            self.shoot(shell, "employees")
            page.panel.hide()

    def _terminals(self, shell: Shell, demo: DemoSite) -> None:
        with self.step("Approve two terminals that dialled in"):
            shell.open_page(TerminalsPage)
            page = shell.pages[TerminalsPage]
            assert isinstance(page, TerminalsPage)
            for serial, _ in UNITS:
                demo.add_unit(serial)
            self.until(lambda: page.model.rowCount() == len(UNITS), "the terminals' first call")
            self.shoot(shell, "terminals pending")
            names = dict(UNITS)
            for terminal in [page.model.row(number) for number in range(page.model.rowCount())]:
                page.approve_terminal(terminal.id, names[terminal.serial])
            self.until(
                lambda: all(page.model.row(n).status is TerminalStatus.APPROVED for n in range(2)),
                "the approval",
            )

    def _invite(
        self, shell: Shell, demo: DemoSite, emails: EmailSignal
    ) -> tuple[EmployeeRow, EmployeeRow]:
        page = shell.pages[EmployeesPage]
        assert isinstance(page, EmployeesPage)
        window = EmailWindow(demo, emails)
        with self.step("Send five invitations") as notes:
            shell.open_page(EmployeesPage)
            people = [page.model.row(number) for number in range(5)]
            before = len(demo.mailbox.emails)
            chosen = invitations_api.Invite(employee_ids=[person.id for person in people])
            page.send_invitations(chosen)
            self.until(lambda: len(demo.mailbox.emails) == before + 5, "the emails")
            notes.append("5 emails captured")
        shell.open_page(InvitationsPage)
        invitations = shell.pages[InvitationsPage]
        assert isinstance(invitations, InvitationsPage)
        self.until(
            lambda: (
                [invitations.model.row(n).stage for n in range(invitations.model.rowCount())]
                == [Stage.SENT] * 5
            ),
            "the outbox",
        )
        self.shoot(shell, "invitations")
        self.shoot(window, "mailbox")
        window.close()
        return people[0], people[1]

    def _enrol(self, demo: DemoSite, person: EmployeeRow) -> None:
        with self.step("Enrol by phone: consent, three photos, submit") as notes:
            link = self._link(demo, person)
            film = self.folder / "film.mjpeg"
            write_film(film)
            try:
                seconds = enrol_by_phone(link, person.number, film, self.shoot_page, self._dark)
                notes.append(f"verdicts after {', '.join(f'{s:.2f}' for s in seconds)} s")
            except (NoBrowser, ImportError) as missing:
                verdicts = PortalVisit(link).enrol(person.number, good_photos())
                notes.append(f"without a browser ({missing}); {len(verdicts)} photos judged")

    def _link(self, demo: DemoSite, person: EmployeeRow) -> str:
        email = next(m for m in demo.mailbox.emails if m["To"] == person.email and link_in(m))
        return link_in(email)

    def _needs_another_try(self, demo: DemoSite, person: EmployeeRow) -> None:
        with self.step("Another person sends bad photos") as notes:
            before = len(demo.mailbox.emails)
            verdicts = PortalVisit(self._link(demo, person)).enrol(
                person.number, [blurred_photo(), small_face_photo(), b"not a photo"]
            )
            reasons = SUBJECTS["unsuccessful"]
            self.until(
                lambda: any(one["Subject"] == reasons for one in demo.mailbox.emails[before:]),
                "the email with the reasons",
            )
            notes.append("; ".join(verdict["summary"].split(".")[0] for verdict in verdicts))

    def _review(self, shell: Shell, person: EmployeeRow) -> None:
        with self.step("Review side by side, approve"):
            shell.open_page(ReviewPage)
            page = shell.pages[ReviewPage]
            assert isinstance(page, ReviewPage)
            self.until(
                lambda: page.submission is not None and page.submission.number == person.number,
                "the submission",
            )
            self.until(lambda: page.shown.has_photo, "the photo")
            self.settle(1.0)
            self.shoot(shell, "review")
            page.approve_now()
            self.until(lambda: page.submission is None, "the decision")
            self.shoot(shell, "review empty")

    def _on_terminals(self, shell: Shell, demo: DemoSite, person: EmployeeRow) -> None:
        with self.step("The face reaches both terminals") as notes:
            shell.open_page(EmployeesPage)
            status = self.until(
                lambda: self._status(shell, person, Status.PUSHED), "both confirmations"
            )
            notes.append(status)
            shell.open_page(TerminalsPage)
            self.shoot(shell, "terminals")
            assert all(unit.people[person.number].photo for unit in demo.units)

    def _status(self, shell: Shell, person: EmployeeRow, wanted: Status) -> str:
        page = shell.pages[EmployeesPage]
        assert isinstance(page, EmployeesPage)
        rows = [page.model.row(number) for number in range(page.model.rowCount())]
        return next(
            (row.status_text for row in rows if row.id == person.id and row.status is wanted), ""
        )

    def _log_in(self, shell: Shell, demo: DemoSite, person: EmployeeRow) -> None:
        shell.open_page(LoginsPage)
        page = shell.pages[LoginsPage]
        assert isinstance(page, LoginsPage)
        self.settle(1.0)
        with self.step("A login at the gate shows in the log"):
            demo.present(demo.units[0], person.number)
            self.until(
                lambda: (
                    page.model.rowCount() == 1 and page.model.row(0).employee == person.full_name
                ),
                "the login",
            )
        with self.step("The enrolment is in use") as notes:
            for number in (1, 0, 1):
                self.settle(1.1)
                demo.present(demo.units[number], person.number)
            self.until(lambda: page.model.rowCount() == 4, "more logins")
            self.shoot(shell, "login log")
            shell.open_page(EmployeesPage)
            notes.append(
                self.until(lambda: self._status(shell, person, Status.IN_USE), "the status")
            )
            self.shoot(shell, "in use")

    def _old_terminal(self, shell: Shell, demo: DemoSite) -> None:
        """Finds an older terminal, examines it, takes its people over and brings it in sync."""
        shell.open_page(TerminalsPage)
        page = shell.pages[TerminalsPage]
        assert isinstance(page, TerminalsPage)
        with self.step("Find an older terminal and add it") as notes:
            if add_old_terminal(demo) is None:
                notes.append(f"left out: port {PORT} on {OLD_HOST} is taken")
                return
            found = DiscoverDialog(page.client, page)
            found.subnet.edit.setText(OLD_SUBNET)
            self._dialog(found, found.search.click)
            found.table.selectRow(0)
            self.shoot(found, "find terminals")
            found.reject()
            form = TerminalForm(page.client, host=OLD_HOST, parent=page)
            form.name.edit.setText("Workshop door")
            form.open()
            form.save.click()
            terminal = self.until(
                lambda: next(
                    (t for t in self._rows(page) if t.serial == OLD_SERIAL and t.records), None
                ),
                "its log",
            )
            notes.append(f"{terminal.records} logins read")
        with self.step("Examine it, take its people over, plan"):
            page.select(terminal.id)
            self.until(
                lambda: (
                    page.detail.shown is not None and page.detail.shown.terminal.id == terminal.id
                ),
                "its detail",
            )
            examination = OnUnit(terminal_id=terminal.id, action="doctor")
            self._dialog(doctor := DoctorDialog(page.client, terminal.name, examination, page))
            self.shoot(doctor, "doctor")
            doctor.reject()
            self._dialog(adopt := AdoptDialog(page.client, terminal, page))
            self.shoot(adopt, "take over people")
            self._dialog(adopt, adopt.adopt.click)
            adopt.reject()
            self._dialog(plan := PlanDialog(page.client, terminal, parent=page))
            self.shoot(plan, "plan")
            self._dialog(plan, plan.apply.click)
            plan.reject()
            page.detail.tabs.setCurrentIndex(1)
            self.shoot(shell, "terminal detail")

    def _rows(self, page: TerminalsPage) -> list[Any]:
        return [page.model.row(number) for number in range(page.model.rowCount())]

    def _dialog(self, dialog: Any, step: Callable[[], object] | None = None) -> None:
        """Opens a dialog or does one thing in it, and waits for the task that follows."""
        ended: list[object] = []
        dialog.watch.ended.connect(ended.append)
        dialog.watch.refused.connect(ended.append)
        dialog.open() if step is None else step()
        self.until(lambda: ended, "the task on the terminal")

    def _service_goes_away(self, shell: Shell, demo: DemoSite) -> None:
        with self.step("The service is killed and comes back"):
            demo.kill_service()
            self.until(lambda: shell.client.state is ConnectionState.GONE, "noticing it")
            self.shoot(shell, "service gone")
            demo.start_service()
            self.until(lambda: shell.client.state is ConnectionState.READY, "the new connection")
