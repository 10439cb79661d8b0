"""Screening profiles: the limits of each gate, with a live preview on the site's own photos."""

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
)

from console.api import faces as api
from console.api import review
from console.api.operation import ApiError, ById, Nothing
from console.desktop.page import Page
from console.desktop.widgets.limits_form import LimitsForm
from console.desktop.widgets.photo_view import PhotoView
from console.domain.language import labelled, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.questions import ask_text
from console.qt.sizes import sized
from console.qt.timers import timer
from console.qt.widgets import button, card, label, row

PREVIEW_PAUSE_MS = 150
"""The preview waits this long after the last change of a limit."""
PREVIEW_WIDTH = 340
CHOOSE_PHOTO = tr("Choose a photo to view it. Views are logged.")
OUTCOMES = {"pass": tr("pass"), "warn": tr("warning"), "reject": tr("rejected")}


class ScreeningPage(Page):
    """The limits of one profile, and a preview of their effect."""

    subjects = frozenset({"site", "photos"})
    title = tr("Screening")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self._profiles: list[api.Profile] = []
        self.chooser = QComboBox()
        self.chooser.setAccessibleName(tr("Profile"))
        sized(self.chooser, least_width=200)
        self.state = label("", "soft")
        self.form = LimitsForm()
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.save = button(tr("Save"), self.save_now, "primary")
        self.save_as = button(tr("Save as…"), self._ask_name)
        self.delete = button(tr("Delete"), self.delete_now, "danger")
        self.reset = button(tr("Undo changes"), self._show_chosen)
        self.counts, self.worst = label("", "big"), label("", "soft", wrap=True)
        self.photos = QListWidget()
        self.photos.setAccessibleName(tr("Photos with these limits"))
        self.photo = PhotoView(CHOOSE_PHOTO)
        self.photo.setAccessibleName(tr("Photo"))
        sized(self.photo, least_height=200)
        self._preview = timer(self, PREVIEW_PAUSE_MS, self.try_now, once=True)
        self._lay_out()
        self.chooser.currentIndexChanged.connect(lambda _: self._show_chosen())
        self.form.changed.connect(self._edited)
        self.photos.currentItemChanged.connect(lambda item, _: self._show_photo(item))

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        buttons = row(self.save, self.save_as, self.reset, None, self.delete)
        middle = card(
            [
                row(label(tr("Profile"), "soft"), self.chooser, self.state, None),
                scroll,
                self.problem,
                buttons,
            ],
            spacing=12,
        )
        inner = middle.layout()
        assert isinstance(inner, QVBoxLayout)
        inner.setStretch(1, 1)
        side = card(
            [
                label(tr("Your newest photos with these limits"), "heading", wrap=True),
                self.counts,
                self.worst,
                self.photos,
                self.photo,
            ],
            spacing=8,
        )
        sized(side, width=PREVIEW_WIDTH)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(16)
        outer.addWidget(middle, 1)
        outer.addWidget(side)

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.read(api.profiles, Nothing(), self._show_profiles)

    def _show_profiles(self, found: api.Profiles, choose: str = "") -> None:
        """Follows the service, but keeps what is being edited."""
        before = choose or self.chooser.currentText()
        editing = self.form.edited and not choose
        self._profiles = found.profiles
        self.chooser.blockSignals(True)
        self.chooser.clear()
        self.chooser.addItems([one.name for one in found.profiles])
        used = next((one.name for one in found.profiles if one.in_use), "")
        self.chooser.setCurrentText(before or used)
        self.chooser.blockSignals(False)
        self.state_text.emit(labelled(tr("in use"), used) if used else "")
        if not editing:
            self._show_chosen()

    @property
    def profile(self) -> api.Profile | None:
        """The profile that is chosen."""
        return next((one for one in self._profiles if one.name == self.chooser.currentText()), None)

    def _show_chosen(self) -> None:
        profile = self.profile
        if profile is None:
            return
        self.form.show_limits(profile.gates)
        own, built_in = tr("your own"), tr("built in: save changes under another name")
        parts = (
            tr("version {number}", number=profile.version),
            own if profile.own else built_in,
            tr("in use") if profile.in_use else "",
        )
        self.state.setText(" · ".join(filter(None, parts)))
        self._follow()
        self.try_now()

    def _edited(self) -> None:
        self._follow()
        self._preview.start()

    def _follow(self) -> None:
        own = self.profile is not None and self.profile.own
        self.save.setEnabled(own and self.form.edited)
        self.reset.setEnabled(self.form.edited)
        self.delete.setEnabled(own)
        self.problem.hide()

    # trying

    def try_now(self) -> None:
        """Asks what these limits would make of the photos."""
        self.read(api.try_profile, api.TryProfile(gates=self.form.limits()), self._show_tried)

    def _show_tried(self, tried: api.Tried) -> None:
        if not tried.count:
            self.counts.setText("")
            self.worst.setText(tr("No photos submitted yet. The first ones appear here."))
            self.photos.clear()
            return
        self.counts.setText(
            " · ".join(
                (
                    tr_count("{count:,} passes", "{count:,} pass", tried.passed),
                    tr_count("{count:,} warning", "{count:,} warnings", tried.warned),
                    tr_count("{count:,} rejected", "{count:,} rejected", tried.rejected),
                )
            )
        )
        names = {gate.gate: gate.label for profile in self._profiles for gate in profile.gates}
        hard = sorted(
            (gate for gate in tried.gates if gate.rejected), key=lambda gate: -gate.rejected
        )[:3]
        text = " · ".join(f"{names[gate.gate]} ({gate.rejected:,})" for gate in hard)
        self.worst.setText(
            labelled(tr("Most frequent reasons for rejection"), text)
            if hard
            else tr_count(
                "{count:,} photo tried; it would not be rejected.",
                "{count:,} photos tried; none would be rejected.",
                tried.count,
            )
        )
        self._list_photos(tried.photos)

    def _list_photos(self, photos: list[api.TriedPhoto]) -> None:
        """Lists the photos; the service puts those first whose verdict changes."""
        current = self.photos.currentItem()
        chosen = current.data(Qt.ItemDataRole.UserRole) if current is not None else ""
        self.photos.blockSignals(True)
        self.photos.clear()
        for photo in photos:
            now = OUTCOMES[photo.now]
            change = (
                f"{OUTCOMES[photo.was]} → {now}" if photo.was != photo.now and photo.was else now
            )
            item = QListWidgetItem(f"{photo.employee} · {photo.slot} · {change}")
            item.setData(Qt.ItemDataRole.UserRole, photo.id)
            item.setToolTip(" · ".join(photo.gates))
            self.photos.addItem(item)
            if photo.id == chosen:
                self.photos.setCurrentItem(item)
        self.photos.blockSignals(False)

    def _show_photo(self, item: QListWidgetItem | None) -> None:
        photo_id = item.data(Qt.ItemDataRole.UserRole) if item is not None else ""
        if self.requests.show(photo_id):
            self.photo.clear(tr("Loading the photo…") if photo_id else CHOOSE_PHOTO)
        if photo_id:
            self.requests.read(
                review.picture,
                ById(id=photo_id),
                lambda picture: self.photo.show_photo(picture.jpeg, None, None, []),
                self._no_picture,
            )

    def _no_picture(self, error: ApiError) -> None:
        self.photo.clear(error.message)

    # keeping

    def save_now(self) -> None:
        """Saves the limits under the profile's own name."""
        if self.profile is not None:
            self.save_under(self.profile.name)

    def _ask_name(self) -> None:
        name = ask_text(self, tr("Save as"), tr("Profile name"), tr("Save"))
        if name is not None:
            self.save_under(name)

    def save_under(self, name: str) -> None:
        """Saves the limits as one of the site's own profiles."""
        request = api.SaveProfile(name=name, gates=self.form.limits())
        self.client.call(
            api.save_profile,
            request,
            lambda found: self._saved(name.strip(), found),
            self._wrong,
            self,
        )

    def _saved(self, name: str, found: api.Profiles) -> None:
        self._show_profiles(found, name)
        self.message.emit(
            tr("{profile} saved. To use it, choose it under Settings.", profile=name), False
        )

    def delete_now(self) -> None:
        """Deletes the chosen profile."""
        if self.profile is not None:
            self.client.call(
                api.delete_profile,
                api.ByName(name=self.profile.name),
                self._deleted,
                self._wrong,
                self,
            )

    def _deleted(self, found: api.Profiles) -> None:
        self.chooser.setCurrentIndex(-1)
        self._show_profiles(found)
        QTimer.singleShot(0, self._show_chosen)

    def _wrong(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
        self.form.mark(error.field.removeprefix("gates."))
