"""The command palette, by keys: people, devices, pages, acts, settings. CO19, CO6, CO7."""

from collections.abc import Callable, Sequence

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from console.api import employees, terminals
from console.api.operation import ApiError
from console.api.operators import SignedIn
from console.desktop.dialogs.campaign_dialog import CampaignDialog
from console.desktop.dialogs.help_dialog import HelpDialog
from console.desktop.page import Page
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.palette.acts import ACTS
from console.desktop.palette.dialog import PaletteDialog
from console.desktop.palette.hits import KIND_ICONS, KIND_WORDS, Hit, HitKind, ranked
from console.desktop.palette.sources import local_hits
from console.desktop.sections import pages_of
from console.desktop.shell import Shell
from console.domain.operators import Role
from console.qt.client import ServiceClient
from tests.conftest import RunningSite
from tests.store.made import add_terminal
from tests.support.delayed_client import DelayedClient


def open_palette(shell: Shell, qtbot) -> PaletteDialog:
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow)
    qtbot.keyClick(shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in shell.findChildren(PaletteDialog)))
    return next(one for one in shell.findChildren(PaletteDialog) if one.isVisible())


def titles(dialog: PaletteDialog) -> list[str]:
    return [hit.title for hit in dialog.hits]


def test_CO19_a_number_and_Enter_open_the_person(shell: Shell, running: RunningSite, qtbot) -> None:
    wanted = running.add_employee(number="4711", first_name="Pia", last_name="Palette")
    running.add_employee(number="14711", first_name="Al", last_name="Abel")
    dialog = open_palette(shell, qtbot)
    qtbot.keyClicks(dialog.field, "4711")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)  # before any answer can have come
    qtbot.waitUntil(lambda: isinstance(shell.page, EmployeesPage))
    page = shell.page
    assert isinstance(page, EmployeesPage)
    qtbot.waitUntil(lambda: page.shown.shown is page.person)
    assert page.person.requests.key == wanted.id


def test_CO19_terminals_pages_settings_and_acts_are_opened_by_keys(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    with running.store().write() as tx:
        gate = add_terminal(tx, "Palette gate").id
    dialog = open_palette(shell, qtbot)
    qtbot.keyClicks(dialog.field, "palette ga")
    qtbot.waitUntil(lambda: "Palette gate" in titles(dialog))
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(shell.page, TerminalsPage))
    page = shell.page
    assert isinstance(page, TerminalsPage)
    qtbot.waitUntil(lambda: [one.id for one in page.table.selected()] == [gate])
    dialog = open_palette(shell, qtbot)
    qtbot.keyClicks(dialog.field, "email ser")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(shell.page, SettingsPage))
    dialog = open_palette(shell, qtbot)
    qtbot.keyClicks(dialog.field, "invite")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(shell.page, InvitationsPage))
    qtbot.waitUntil(lambda: shell.findChild(CampaignDialog) is not None)


def test_CO19_help_is_found_by_what_it_tells_of(shell: Shell, qtbot) -> None:
    dialog = open_palette(shell, qtbot)
    qtbot.keyClicks(dialog.field, "prove that the log")
    qtbot.waitUntil(lambda: "Help: Audit log" in titles(dialog))
    assert "Prove that the log is whole" in dialog.hits[0].detail
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in shell.findChildren(HelpDialog)))


def test_CO19_what_a_page_finds_is_one_Enter_away_and_Escape_leaves_all_as_it_was(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    running.add_employee(last_name="Wanderer")
    before = shell.page
    dialog = open_palette(shell, qtbot)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not any(one.isVisible() for one in shell.findChildren(PaletteDialog)))
    assert shell.page is before
    dialog = open_palette(shell, qtbot)
    qtbot.keyClicks(dialog.field, "zzz nobody")
    qtbot.waitUntil(lambda: dialog.count.text() == "No results")
    assert titles(dialog)[0] == "Find employees: zzz nobody"
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(shell.page, EmployeesPage))
    assert shell.search.text() == "zzz nobody"


def test_CO2_nothing_of_it_outlives_the_session(shell: Shell, running: RunningSite, qtbot) -> None:
    dialog = open_palette(shell, qtbot)
    qtbot.keyClicks(dialog.field, "sign out")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell.client.session is None)
    assert not any(one.isVisible() for one in shell.findChildren(PaletteDialog))
    qtbot.keyClick(shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert shell.open_palette() is None
    assert not any(one.isVisible() for one in shell.findChildren(PaletteDialog))


class AWindow(QWidget):
    """A window with a client whose answers a test gives; it notes what is opened."""

    def __init__(self, role: Role) -> None:
        super().__init__()
        self.client: ServiceClient = DelayedClient()
        self.client.session = SignedIn(token="", username="", name="", role=role, can_enrol=False)
        self.opened: list[object] = []
        self._allowed = pages_of(role)

    def open_page(self, kind: type[Page]) -> Page | None:
        self.opened.append(kind)
        return None

    def open_found(self, kind: type[Page], text: str) -> None:
        self.opened.append((kind, text))

    def may_open(self, kind: type[Page]) -> bool:
        return kind in self._allowed

    def open_help(self, name: str) -> None:
        self.opened.append(name)

    def own_acts(self) -> Sequence[tuple[str, str, Callable[[], object]]]:
        return [("Sign out", "Ctrl+L", lambda: self.opened.append("sign out"))]


@pytest.fixture
def window(themed, qtbot) -> AWindow:
    made = AWindow(Role.ADMIN)
    qtbot.addWidget(made)
    made.resize(1366, 768)
    return made


def delayed(window: AWindow) -> DelayedClient:
    assert isinstance(window.client, DelayedClient)
    return window.client


def person(name: str, number: str) -> employees.EmployeeRow:
    first, _, last = name.partition(" ")
    return employees.EmployeeRow(
        id=number,
        number=number,
        first_name=first,
        last_name=last,
        email="",
        department="",
        active=True,
    )


def answer(window: AWindow, search: str, *rows: employees.EmployeeRow) -> None:
    waiting = delayed(window).waiting(employees.list_employees, search=search)
    waiting.answer(employees.EmployeePage(rows=list(rows), cursor="", total=len(rows)))


def asks(window: AWindow, search: str) -> bool:
    pending = delayed(window).pending
    return any(getattr(one.request, "search", None) == search for one in pending)


def test_CO6_an_answer_for_another_text_is_never_shown(window: AWindow, qtbot) -> None:
    dialog = PaletteDialog(window, window)
    dialog.field.setText("ni")
    qtbot.waitUntil(lambda: asks(window, "ni"))
    dialog.field.setText("nina")
    qtbot.waitUntil(lambda: asks(window, "nina"))
    answer(window, "nina", person("Nina Berg", "1"))
    answer(window, "ni", person("Nico Late", "2"))
    assert "Nina Berg" in titles(dialog) and "Nico Late" not in titles(dialog)
    dialog.field.setText("nob")
    assert "Nina Berg" not in titles(dialog), "what was found for the former text is gone at once"
    dialog.field.clear()
    assert titles(dialog)[0] == "Today"


def test_CO7_Enter_before_the_answer_opens_the_best_one_of_it(window: AWindow, qtbot) -> None:
    dialog = PaletteDialog(window, window)
    dialog.field.setText("se")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert window.opened == [] and asks(window, "se"), "asked at once, and nothing opened yet"
    answer(window, "se", person("Se", "7"))
    qtbot.waitUntil(lambda: window.opened == [EmployeesPage])


def test_CO7_a_text_typed_after_Enter_opens_nothing_by_itself(window: AWindow, qtbot) -> None:
    dialog = PaletteDialog(window, window)
    dialog.field.setText("se")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    dialog.field.setText("sel")
    qtbot.waitUntil(lambda: asks(window, "sel"))
    answer(window, "sel", person("Selma Ek", "7"))
    assert dialog.result() == 0 and window.opened == []


def test_CO7_a_row_that_was_chosen_stays_chosen_when_better_ones_arrive(
    window: AWindow, qtbot
) -> None:
    dialog = PaletteDialog(window, window)
    dialog.field.setText("se")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Down)
    chosen = dialog.hits[dialog.list.currentRow()].title
    qtbot.waitUntil(lambda: asks(window, "se"))
    answer(window, "se", person("Se", "7"))
    assert titles(dialog)[0] == "Se"
    assert dialog.hits[dialog.list.currentRow()].title == chosen


def test_CO15_without_an_answer_the_rest_is_found_and_it_is_said(window: AWindow, qtbot) -> None:
    dialog = PaletteDialog(window, window)
    dialog.field.setText("sett")
    qtbot.waitUntil(lambda: asks(window, "sett"))
    assert "Searching for people" in dialog.count.text()
    error = ApiError(code="service_gone", message="No service.")
    delayed(window).waiting(employees.list_employees, search="sett").refuse(error)
    assert dialog.count.text() == "3 results · People could not be searched"
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.opened == [SettingsPage])


def test_CO12_a_screen_reader_hears_how_many_there_are_and_which_is_chosen(
    window: AWindow, qtbot
) -> None:
    dialog = PaletteDialog(window, window)
    dialog.field.setText("sign out")
    assert "2 results · Searching for people… · Sign out, Action, Ctrl+L" in (
        dialog.field.accessibleDescription()
    )
    item = dialog.list.item(0)
    assert item is not None
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Sign out, Action, Ctrl+L"
    assert dialog.field.accessibleName() == "Go to" and dialog.list.accessibleName() == "Results"


@pytest.mark.parametrize("role", Role)
def test_N17_nothing_is_offered_that_the_role_may_not_use(role: Role, themed, qtbot) -> None:
    window = AWindow(role)
    qtbot.addWidget(window)
    hits = local_hits(window)
    offered = {hit.title for hit in hits}
    pages = {hit.title for hit in hits if hit.kind is HitKind.PAGE}
    assert pages == {page.title for page in pages_of(role)}
    told = {hit.title for hit in hits if hit.kind is HitKind.HELP}
    assert told == {f"Help: {title}" for title in (*pages, "Getting around")}
    for act in ACTS:
        may = role in act.needs.roles and act.page in pages_of(role)
        assert (act.title in offered) is may, act.title
    assert ("Make a backup" in offered) is (role is Role.ADMIN)
    assert ("Add a terminal by address…" in offered) is (role in (Role.ADMIN, Role.TECHNICIAN))
    dialog = PaletteDialog(window, window)
    dialog.field.setText("kiosk")
    asked = {one.operation.name for one in delayed(window).pending}
    assert terminals.list_terminals.name in asked
    assert ("kiosks.list" in asked) is (role is Role.ADMIN)


def test_CO19_the_rank_is_the_fit_and_then_the_kind() -> None:
    def hit(kind: HitKind, title: str, *other: str) -> Hit:
        return Hit(kind=kind, title=title, other=other, go=lambda: None)

    person_7 = hit(HitKind.PERSON, "Ann Seven", "7")
    hits = [
        hit(HitKind.PAGE, "Terminals"),
        hit(HitKind.TERMINAL, "Gate 7", "SN77"),
        hit(HitKind.PERSON, "Bo Other", "17"),
        person_7,
        hit(HitKind.ACT, "70 things"),
    ]
    found = [one.title for one in ranked("7", hits, 10)]
    assert found == ["Ann Seven", "70 things", "Gate 7", "Bo Other"]
    assert ranked("7", hits, 1) == [person_7]
    assert ranked(" ", hits, 2) == hits[:2], "in their own order"
    assert KIND_WORDS.keys() == KIND_ICONS.keys() == set(HitKind)
