"""Kiosks: their state, their settings or those of their group, and what those mean in words."""

from functools import partial

from PyQt6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.api import kiosks as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.kiosk_words import facts_text, odds_text, state_of, tone_of
from console.desktop.page import Page
from console.desktop.widgets.kiosk_form import COUNTS, KioskForm
from console.desktop.widgets.login_player import LoginPlayer
from console.domain.kiosks import KioskSettings
from console.domain.language import labelled, tr, tr_short_minute
from console.domain.today import Concern
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.questions import ask_name
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Field, Switch, button, card, label, row, scrolled

LIST_WIDTH, PLAYER_WIDTH = 340, 320
FORM_HEIGHT = 160
"""The form takes what is left, so that the buttons below it stay in sight."""


class CodeDialog(Dialog):
    """Shows a pairing code, once."""

    def __init__(self, code: api.PairingCode, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(
            tr("Pair the kiosk: {kiosk}", kiosk=name) if name else tr("Pair the kiosk")
        )
        sized(self, least_width=420)
        self.code, self.start = Field(tr("Code")), Field(tr("Start it with"))
        self.code.edit.setText(code.code)
        self.start.edit.setText(
            f"muster kiosk --service {code.address}" if code.address else "muster kiosk"
        )
        layout = QVBoxLayout(self)
        layout.addWidget(
            label(
                tr("Start the kiosk on its computer and type this code there."),
                "heading",
                wrap=True,
            )
        )
        for part in (self.start, self.code):
            part.edit.setReadOnly(True)
            layout.addWidget(part)
        if not code.address:
            here = tr(
                "This works only on the computer of the service. For kiosks on other computers, "
                "start the service with --kiosk-host (see README)."
            )
            layout.addWidget(label(here, "soft", wrap=True))
        layout.addWidget(
            label(
                tr(
                    "The code is valid once, until {time}. You will not see it again.",
                    time=tr_short_minute(code.until.astimezone()),
                ),
                "soft",
                wrap=True,
            )
        )
        layout.addWidget(row(None, button(tr("Done"), self.accept, "primary")))


class AddDialog(Dialog):
    """Asks for a new kiosk, or for one that replaces another."""

    def __init__(self, kiosks: list[api.KioskRow], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Add a kiosk"))
        sized(self, least_width=420)
        self.name, self.location, self.group = (
            Field(tr("Name"), hint=tr("Warehouse door")),
            Field(tr("Place")),
            Field(tr("Group")),
        )
        self.replaces = QComboBox()
        self.replaces.setAccessibleName(tr("Replaces"))
        self.replaces.addItem(tr("New kiosk"), "")
        for kiosk in kiosks:
            self.replaces.addItem(tr("Replaces {kiosk}", kiosk=kiosk.name), kiosk.id)
        self.replaces.currentIndexChanged.connect(lambda _: self._follow())
        layout = QVBoxLayout(self)
        for part in (self.replaces, self.name, self.location, self.group):
            layout.addWidget(part)
        layout.addWidget(
            row(None, button(tr("Cancel"), self.reject), button(tr("Add"), self.accept, "primary"))
        )

    def _follow(self) -> None:
        for field in (self.name, self.location, self.group):
            field.setEnabled(not self.replaces.currentData())

    def request(self) -> api.AddKiosk:
        """The request for what was filled in."""
        return api.AddKiosk(
            name=self.name.text(),
            location=self.location.text(),
            group=self.group.text(),
            replaces=self.replaces.currentData(),
        )


class KiosksPage(Page):
    """The list of kiosks, and the settings of the chosen one."""

    subjects = frozenset({"kiosks"})
    title = tr("Kiosks")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self._list = api.KioskList(kiosks=[], groups={}, enrolled_faces=0)
        self._wanted = ""
        self._shown = KioskSettings()
        self.kiosk: api.KioskRow | None = None
        columns: list[Column[api.KioskRow]] = [
            Column(tr("Kiosk"), lambda k: k.name, 0),
            Column(tr("Stored"), lambda k: f"{k.cached:,}", 70),
            Column(tr("State"), state_of, 128, tone=tone_of),
        ]
        self.model: PagedModel[api.KioskRow] = PagedModel(columns, lambda k: k.id, self)
        self.table = Table(self.model, tr("Kiosks"))
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.add = button(tr("Add a kiosk…"), self.ask_add, "primary", "plus")
        self.empty = EmptyState(
            "device-tablet",
            tr("No kiosks yet"),
            tr(
                "A kiosk is a computer with a camera or a fingerprint reader where people log in. "
                "Add a kiosk, then start “muster kiosk” on that computer."
            ),
        )
        self.empty.shrink()
        self.list = Switch(self.table, self.empty)
        self.name, self.place, self.group = (
            Field(tr("Name")),
            Field(tr("Place")),
            Field(tr("Group")),
        )
        self.facts, self.odds = label("", "soft", wrap=True), label("", "", wrap=True)
        self.form, self.player = KioskForm(), LoginPlayer()
        self.own = QComboBox()
        self.own.setAccessibleName(tr("Settings used"))
        self.problem = label("", "error", wrap=True)
        self.save = button(tr("Save"), self.save_now, "primary")
        self.save_group = button(tr("Save for the whole group"), self.save_group_now)
        self.pair = button(tr("New code…"), self._pair_again)
        self.remove = button(tr("Remove…"), self._ask_remove, "danger")
        self._lay_out()
        self.form.changed.connect(self._edited)
        for field in (self.name, self.place, self.group):
            field.edit.textChanged.connect(lambda _: self._edited())
        self.own.currentIndexChanged.connect(lambda _: self._edited())
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._chosen())

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(row(self.add, None))
        left.addWidget(self.narrowed)
        left.addWidget(card([self.list], margin=1), 1)
        holder = QWidget()
        holder.setLayout(left)
        sized(holder, width=LIST_WIDTH)
        left.setContentsMargins(0, 0, 0, 0)
        form = scrolled(self.form)
        form.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        sized(form, least_height=FORM_HEIGHT)
        self.detail = card(
            [
                row(self.name, self.place, self.group),
                self.facts,
                row(self.pair, self.remove, None),
                row(self.own, None),
                form,
                self.odds,
                self.problem,
                row(self.save, self.save_group, None),
            ],
            spacing=12,
        )
        layout = self.detail.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretch(4, 1)
        side = scrolled(self.player)
        sized(side, width=PLAYER_WIDTH)
        self._side = side
        choose = EmptyState(
            "device-tablet",
            tr("Choose a kiosk"),
            tr("Its settings and their effect are shown here."),
        )
        choose.shrink()
        self.nothing = card([choose])
        self.middle = Switch(self.nothing, self.detail)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(16)
        outer.addWidget(holder)
        outer.addWidget(self.middle, 1)
        outer.addWidget(side)
        side.hide()

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.read(api.list_kiosks, Nothing(), self._show)

    def _show(self, found: api.KioskList) -> None:
        self._list = found
        narrow = self.concern is Concern.KIOSK_OFFLINE
        shown = [kiosk for kiosk in found.kiosks if kiosk.silent or not narrow]
        self.narrowed.show_concern(self.concern, len(shown))
        self.model.show_rows(shown)
        wanted, self._wanted = self._wanted, ""
        if wanted in self.model.keys():  # noqa: SIM118 - a list of keys, not a dict
            self.table.selectRow(self.model.keys().index(wanted))
        self.list.show_part(self.table if found.kiosks else self.empty)
        online = sum(kiosk.online for kiosk in found.kiosks)
        self.state_text.emit(
            tr("{count:,} of {total:,} connected", count=online, total=len(found.kiosks))
            if found.kiosks
            else ""
        )
        if self.kiosk is not None:
            now = next(
                (
                    kiosk
                    for kiosk in found.kiosks
                    if self.kiosk is not None and kiosk.id == self.kiosk.id
                ),
                None,
            )
            if now is None:
                self._show_nothing()
            elif not self.dirty:
                self.show_kiosk(now)
            else:
                self._show_facts(now)

    def _show_nothing(self) -> None:
        self.kiosk = None
        self.requests.show("")
        self.middle.show_part(self.nothing)
        self._side.hide()

    def _chosen(self) -> None:
        chosen = self.table.selected()
        if chosen and (self.kiosk is None or chosen[0].id != self.kiosk.id):
            self.show_kiosk(chosen[0])

    @property
    def dirty(self) -> bool:
        """Something was edited and not saved."""
        kiosk = self.kiosk
        if kiosk is None:
            return False
        named = (self.name.text(), self.place.text(), self.group.text()) != (
            kiosk.name,
            kiosk.location,
            kiosk.group,
        )
        return (
            named
            or self.form.settings() != self._shown
            or bool(self.own.currentData()) is not kiosk.own
        )

    def select(self, kiosk_id: str) -> None:
        """Shows this kiosk as soon as the list has it."""
        self._wanted = kiosk_id
        self.refresh()

    def show_kiosk(self, kiosk: api.KioskRow) -> None:
        """Fills the form with this kiosk's settings."""
        self.requests.show(kiosk.id)
        self.kiosk = kiosk
        for field, text in (
            (self.name, kiosk.name),
            (self.place, kiosk.location),
            (self.group, kiosk.group),
        ):
            field.edit.setText(text)
            field.set_problem("")
        self.own.blockSignals(True)
        self.own.clear()
        self.own.addItem(
            tr("Settings of group {group}", group=kiosk.group)
            if kiosk.group
            else tr("Settings of all kiosks without a group"),
            False,
        )
        self.own.addItem(tr("Own settings"), True)
        self.own.setCurrentIndex(int(kiosk.own))
        self.own.blockSignals(False)
        self.form.show_settings(kiosk.settings, kiosk.cameras)
        self._shown = self.form.settings()
        self.problem.setText("")
        self._show_facts(kiosk)
        self.middle.show_part(self.detail)
        self._side.show()
        self._edited()

    def _show_facts(self, kiosk: api.KioskRow) -> None:
        self.facts.setText(facts_text(kiosk))

    def _edited(self) -> None:
        """Shows what the settings mean while they are edited."""
        settings = self.form.settings()
        self.player.show_settings(settings)
        own = bool(self.own.currentData())
        self.save.setEnabled(self.dirty)
        self.save_group.setVisible(not own)
        self.form.setEnabled(True)
        self.odds.setText(odds_text(self._list.enrolled_faces, settings))

    # acts

    def save_now(self) -> None:
        """Saves the form for this kiosk."""
        if self.kiosk is None:
            return
        settings = self.form.settings()
        own = bool(self.own.currentData()) or settings != self._shown
        request = api.ChangeKiosk(
            id=self.kiosk.id,
            name=self.name.text(),
            location=self.place.text(),
            group=self.group.text(),
            settings=settings if own else None,
        )
        self.requests.change(
            api.change_kiosk, request, self._saved, self._not_saved, late=self._tell_saved
        )

    def save_group_now(self) -> None:
        """Saves the form for the kiosk's whole group."""
        if self.kiosk is not None:
            settings = self.form.settings()
            request = api.ChangeGroup(name=self.kiosk.group, settings=settings)
            self.requests.change(
                api.change_group,
                request,
                lambda _: self._group_saved(settings),
                self._not_saved,
                late=lambda _: self._tell_group_saved(),
            )

    def _group_saved(self, settings: KioskSettings) -> None:
        self._shown = settings
        self._tell_group_saved()

    def _tell_group_saved(self) -> None:
        self.message.emit(
            tr("Saved for the whole group. The kiosks use the new settings within seconds."), False
        )
        self.refresh()

    def _saved(self, kiosk: api.KioskRow) -> None:
        self.show_kiosk(kiosk)
        self._tell_saved(kiosk)

    def _tell_saved(self, kiosk: api.KioskRow) -> None:
        self.message.emit(
            tr("{kiosk} saved. It uses the new settings within seconds.", kiosk=kiosk.name), False
        )
        self.refresh()

    def _not_saved(self, error: ApiError) -> None:
        words = FIELD_WORDS.get(error.field, "")
        self.problem.setText(labelled(words, error.message) if words else error.message)

    def ask_add(self) -> None:
        """Asks for a new kiosk, or for the one that it replaces."""
        self.call(api.list_kiosks, Nothing(), lambda found: self._open_add(found.kiosks))

    def _open_add(self, known: list[api.KioskRow]) -> None:
        dialog = AddDialog(known, self)
        dialog.accepted.connect(lambda: self.add_now(dialog.request()))
        dialog.open()

    def add_now(self, request: api.AddKiosk) -> None:
        """Adds a kiosk and shows its pairing code."""
        self.call(api.add_kiosk, request, partial(self._show_code, request.name))

    def _show_code(self, name: str, code: api.PairingCode) -> None:
        CodeDialog(code, name, self).open()
        self.refresh()

    def _pair_again(self) -> None:
        if self.kiosk is not None:
            self.call(
                api.pair_again, ById(id=self.kiosk.id), partial(self._show_code, self.kiosk.name)
            )

    def _ask_remove(self) -> None:
        kiosk = self.kiosk
        if kiosk is None:
            return
        title = tr("Remove the kiosk")
        question = tr(
            "Everyone stored on the kiosk is erased from it. Its logins are kept. Type its name to "
            "confirm:"
        )
        if ask_name(self, title, question, kiosk.name, title) is not None:
            self.remove_now(kiosk.id)

    def remove_now(self, kiosk_id: str) -> None:
        """Removes this kiosk; what it logged stays."""
        self.call(api.remove_kiosk, ById(id=kiosk_id), lambda _: self.refresh())


FIELD_WORDS = {name: words for name, (words, _, _) in COUNTS.items()} | {
    "languages": tr("Languages"),
    "face_fmr": tr("Face"),
    "finger_fmr": tr("Finger"),
}
