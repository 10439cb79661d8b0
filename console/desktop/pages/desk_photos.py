"""Photos at the desk, for people without a phone: consent, guidance, three photos, submit."""

from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QKeyEvent,
    QShowEvent,
)
from PyQt6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from console.api import faces as api
from console.api.operation import ApiError, ById
from console.biometrics.faces.live.advice import LiveAdvice
from console.biometrics.workers.live_guide import LiveGuide
from console.desktop.files import read_file
from console.desktop.page import Page
from console.desktop.widgets.consent_text import ConsentText
from console.desktop.widgets.desk_photo_panel import DeskPhotoPanel, advice_words, profile_of
from console.desktop.widgets.live_view import LiveView
from console.desktop.widgets.people_list import load_people, make_people_list
from console.desktop.widgets.questions import FACE_IS_WITHDRAWN, withdraws_face
from console.domain.invitations import UPLOADABLE
from console.domain.language import labelled, tr
from console.domain.screening import GateOutcome
from console.domain.uploads import MAX_PHOTO
from console.qt.camera_session import CameraSession
from console.qt.client import ServiceClient
from console.qt.equipment import CameraChoice, Equipment
from console.qt.shortcuts import Key, shortcut
from console.qt.sizes import sized
from console.qt.widgets import EmptyState, Switch, button, card, label, row

LIST_WIDTH, PANEL_WIDTH = 248, 340
PICTURE_ENDINGS = "*.jpg *.jpeg *.png *.webp *.heic *.heif *.bmp"
STEADY_FRAMES = 8
"""After this many good frames in a row the photo is taken automatically."""
CAPTURE = "capture"
"""All requests of this kind are answered by the state of the capture."""
NO_CAMERA = tr("No camera is connected. Connect one, or choose existing pictures.")


class DeskPhotosPage(Page):
    """The people, the camera with live guidance, and the photos of one person."""

    subjects = frozenset({"employees", "photos", "invitations"})
    title = tr("Photos at the desk")
    keys = (Key("Space", tr("Take the photo")),)
    searches = tr("Find a person")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.capture: api.Capture | None = None
        self._equipment = Equipment()
        self._camera: CameraChoice | None = None
        self._session: CameraSession | None = None
        self._steady = 0
        self.model, self.table = make_people_list(self)
        self.name, self.facts = label("", "big"), label("", "soft")
        self.live = LiveView(NO_CAMERA)
        self.live.setAccessibleName(tr("Live picture from the camera"))
        self.panel = DeskPhotoPanel()
        self.take = button(tr("Take the photo"), self.take_now, "primary", "user")
        self.by_itself = QCheckBox(tr("Take it automatically when everything is right"))
        self.by_itself.setChecked(True)
        self.files = button(tr("Choose pictures…"), self._choose_files, icon_name="upload")
        self.cameras = button(tr("Camera"), lambda: None)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.cameras.setMenu(self._menu)
        self.agree = button(
            tr("Has read and agrees"), lambda: self.answer(True), "primary", "check"
        )
        self.decline = button(tr("Declines"), self.say_no)
        self.withdraw = button(tr("Withdraw the consent…"), self.say_no)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.consent = ConsentText(self.agree, self.decline)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        inside.addWidget(self.live, 1)
        inside.addWidget(row(self.take, self.by_itself, None))
        inside.addWidget(row(self.files, self.cameras, None))
        self._body = body
        self.handed_in = EmptyState("circle-check", tr("Submitted"), "")
        self.centre = Switch(body, self.consent, self.handed_in)
        head = row(self.name, self.facts, None)
        middle = card([head, self.centre, row(None, self.withdraw)], spacing=12)
        layout = middle.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretch(1, 1)
        nobody = EmptyState(
            "user",
            tr("Choose a person"),
            tr(
                "Select the person on the left, or search by name or number. To people with a "
                "phone, send an invitation instead."
            ),
        )
        for one in (nobody, self.handed_in):
            one.shrink()
        self._nobody, self._middle = card([nobody]), middle
        self.desk = Switch(self._nobody, middle)
        people = card([self.table], margin=1)
        sized(people, width=LIST_WIDTH)
        sized(self.panel, width=PANEL_WIDTH)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(16)
        outer.addWidget(people)
        outer.addWidget(self.desk, 1)
        outer.addWidget(self.panel)

    def _connect(self) -> None:
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._person_chosen())
        self.panel.removed.connect(self._remove)
        self.panel.handed_in.connect(self.submit_now)
        for slot in range(1, 4):
            does = tr("Choose photo {number}", number=slot)
            shortcut(str(slot), self, does, partial(self.panel.choose, slot))

    # the camera

    def equip(self, equipment: Equipment) -> None:
        """Uses what is plugged into this computer."""
        self._equipment = equipment

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Releases what is only held while the page is shown."""
        super().hideEvent(event)
        self._close_camera()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Opens the camera; it is held only while somebody's photos are taken."""
        super().showEvent(event)
        self._follow()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Space takes the photo, where what has the focus has no use for it, as buttons have."""
        if event is not None and event.key() == Qt.Key.Key_Space:
            self.take_now()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ends what is under way."""
        self._close_camera()
        super().closeEvent(event)

    def _open_camera(self) -> None:
        choices = self._equipment.camera_choices()
        if self._camera is None or self._camera.key not in [one.key for one in choices]:
            self._camera = choices[0] if choices else None
        if self._session is not None or self._camera is None or self.capture is None:
            return
        self._session = CameraSession(
            self._camera, partial(LiveGuide, profile_of(self.capture.profile)), self
        )
        self._session.frame.connect(self._frame)
        self._session.seen.connect(self._advised)
        self._session.trouble.connect(self._trouble)
        self.live.painted.connect(self._session.taken)
        self.live.clear(tr("Opening {camera}…", camera=self._camera.name))
        self._session.start()

    def _close_camera(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.stop()
            self.live.clear(NO_CAMERA)
            self.panel.advise("", "", "")

    def _fill_menu(self) -> None:
        self._menu.clear()
        for choice in self._equipment.camera_choices():
            action = self._menu.addAction(choice.name, partial(self._use, choice))
            assert action is not None
            action.setCheckable(True)
            action.setChecked(self._camera is not None and choice.key == self._camera.key)
        if self._menu.isEmpty():
            action = self._menu.addAction(tr("No camera found"))
            assert action is not None
            action.setEnabled(False)

    def _use(self, choice: CameraChoice) -> None:
        self._close_camera()
        self._camera = choice
        self._follow()

    def _frame(self, frame: Any) -> None:
        if self.sender() is self._session:
            self.live.show_frame(frame)

    def _trouble(self, text: str) -> None:
        if text and self.sender() is self._session:
            self.live.clear(text)

    def _advised(self, advice: LiveAdvice) -> None:
        if self.sender() is not self._session or self.live.frame is None:
            return
        self.live.show_advice(advice)
        self.panel.advise(*advice_words(advice))
        good = advice.outcome is GateOutcome.PASS
        self._steady = self._steady + 1 if good else 0
        if self._steady >= STEADY_FRAMES and self.by_itself.isChecked():
            self.take_now()

    # the person

    def refresh(self) -> None:
        """Reads again what is shown."""
        load_people(self, self.model)
        if self.capture is not None:
            self._read_capture(self.capture.employee_id)

    def _person_chosen(self) -> None:
        chosen = self.table.selected()
        if chosen and (self.capture is None or chosen[0].id != self.capture.employee_id):
            self.open_person(chosen[0].id)

    def open_person(self, employee_id: str) -> None:
        """Brings a person to the desk; nothing can be done for the former one any more."""
        self._close_camera()
        if self.requests.show(employee_id):
            self.capture = None
            self.name.setText("")
            self.facts.setText("")
            self._follow()
        self._read_capture(employee_id)

    def _read_capture(self, employee_id: str) -> None:
        self.requests.read(api.capture, ById(id=employee_id), self._show, kind=CAPTURE)

    def say_no(self) -> None:
        """The person does not agree, or not any more: then it is asked first."""
        capture = self.capture
        if capture is not None and (not capture.agreed or withdraws_face(self, capture.employee)):
            self.answer(False)

    def answer(self, agreed: bool) -> None:
        """Records the person's answer to the consent text."""
        if self.capture is not None:
            request = api.BeginCapture(
                employee_id=self.capture.employee_id,
                digest=self.consent.digest,
                agreed=agreed,
            )
            self.requests.change(
                api.begin_capture,
                request,
                partial(self._answered, agreed, self.capture.agreed),
                late=partial(self._tell_answer, agreed, self.capture.agreed),
                kind=CAPTURE,
            )

    def _answered(self, agreed: bool, before: bool, capture: api.Capture) -> None:
        self._show(capture)
        self._tell_answer(agreed, before, capture)

    def _tell_answer(self, agreed: bool, before: bool, capture: api.Capture) -> None:
        """before: whether they had agreed until now."""
        if not agreed:
            declined = tr("No face is kept. This person logs in with their number.")
            said = FACE_IS_WITHDRAWN if before else declined
            self.message.emit(labelled(capture.employee, said), False)
        elif not capture.id:
            said = tr("Agrees to the new text. The face stays enrolled.")
            self.message.emit(labelled(capture.employee, said), False)

    def _show(self, capture: api.Capture) -> None:
        self.capture = capture
        self.name.setText(capture.employee)
        self.facts.setText(
            f"{capture.number} · {capture.status_text}" if capture.status_text else capture.number
        )
        self.consent.show_texts(capture.texts, capture.employee_id)
        self.panel.show_capture(capture)
        self.desk.show_part(self._middle)
        self._follow()

    @property
    def taking(self) -> bool:
        """Photos can be added now."""
        return (
            self.capture is not None and bool(self.capture.id) and self.capture.status in UPLOADABLE
        )

    def _follow(self) -> None:
        """Enables what can be done now."""
        capture = self.capture
        self._middle.setEnabled(capture is not None)
        self.panel.setEnabled(capture is not None)
        if capture is None:
            return
        waits = bool(capture.id) and not self.taking
        self.withdraw.setVisible(capture.agreed)
        self.handed_in.set_text(
            capture.status_text,
            tr(
                "The photos are screened automatically, then reviewed by an administrator. Select "
                "the next person on the left."
            ),
        )
        # the answer may be seen by a live change before it is told
        answered = self.taking and self.consent.isAncestorOf(QApplication.focusWidget())
        self.centre.show_part(
            self._body if self.taking else self.handed_in if waits else self.consent
        )
        if self.taking and self.isVisible():
            self._open_camera()
        elif not self.taking:
            self._close_camera()
        self.take.setEnabled(self.taking)
        self.files.setEnabled(self.taking)
        if answered:
            self.take.setFocus()

    # photos

    def take_now(self) -> None:
        """Takes the frame that is shown as the next photo."""
        jpeg = self.live.jpeg() if self.taking else b""
        self._steady = 0
        if jpeg:
            self._add(jpeg)

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self,
            tr("Photos of this person"),
            "",
            tr("Pictures ({endings})", endings=PICTURE_ENDINGS),
        )
        self.add_files([Path(name) for name in names])

    def add_files(self, paths: list[Path]) -> None:
        """Adds pictures that exist already, as many as there is room for."""
        for path in paths:
            try:
                self._add(read_file(path, MAX_PHOTO))
            except OSError as error:
                self.message.emit(f"{path.name}: {error.strerror}", True)

    def _add(self, jpeg: bytes) -> None:
        slot = self.panel.next_slot()
        if self.capture is None or not slot:
            return
        self.panel.expect(slot, jpeg)
        request = api.AddPhoto(capture_id=self.capture.id, slot=slot, jpeg=jpeg)
        self.requests.change(
            api.add_photo, request, self._show, partial(self._not_added, slot), kind=CAPTURE
        )

    def _not_added(self, slot: int, error: ApiError) -> None:
        self.panel.forget(slot)
        self.failed(error)

    def _remove(self, slot: int) -> None:
        if self.capture is not None and self.taking:
            self.panel.forget(slot)
            self.requests.change(
                api.remove_photo,
                api.RemovePhoto(capture_id=self.capture.id, slot=slot),
                self._show,
                kind=CAPTURE,
            )

    def submit_now(self) -> None:
        """Submits the photos with the chosen one as the best."""
        if self.capture is not None and self.panel.best:
            self.requests.change(
                api.submit_capture,
                api.SubmitCapture(capture_id=self.capture.id, best=self.panel.best),
                self._show,
                kind=CAPTURE,
            )
