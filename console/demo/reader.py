"""The demo's fingerprint reader: the real driver on a simulated device, and its window."""

from PyQt6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from bridge.readers.models import URU4000
from bridge.readers.uru4000 import Uru4000
from bridge.readers.uru4000_image import HEIGHT, WIDTH
from bridge.simulator.fingers import Condition, impression
from bridge.simulator.uru4000 import SimulatedUru4000
from console.demo.photos import simulated_camera
from console.domain.fingers import ON_TERMINALS, FingerPosition
from console.domain.language import tr
from console.qt.equipment import CameraChoice, Equipment, ReaderSource
from console.qt.widgets import button, card, label, row

HANDS = 10
"""The number of made-up people whose fingers can be placed."""
CONDITIONS = {
    Condition.GOOD: "clean and flat",
    Condition.DRY: "dry",
    Condition.WET: "wet",
    Condition.PARTIAL: "only the tip",
    Condition.OFF_CENTRE: "off the centre",
}


class DemoReader:
    """A simulated U.are.U 4500, and ten different fingers for each made-up person."""

    def __init__(self) -> None:
        self.device = SimulatedUru4000(URU4000[0])
        self._times: dict[int, int] = {}

    def equipment(self) -> Equipment:
        """The equipment that the console finds plugged in."""
        return Equipment(
            self.sources(), (CameraChoice("simulated", tr("Simulated camera"), simulated_camera),)
        )

    def sources(self) -> tuple[ReaderSource, ...]:
        """The simulated reader, as it is offered to the desk."""
        return (
            ReaderSource(
                "simulated",
                tr("Simulated U.are.U 4500"),
                lambda _aliases: Uru4000(URU4000[0], backend=self.device),
            ),
        )

    def touch(
        self, person: int, position: FingerPosition, condition: Condition = Condition.GOOD
    ) -> None:
        """Places a finger, a little differently each time."""
        finger = person * 16 + position
        self._times[finger] = self._times.get(finger, 0) + 1
        self.device.touch(impression(finger, self._times[finger], (HEIGHT, WIDTH), condition))

    def lift(self) -> None:
        """Lifts the finger."""
        self.device.lift()


class FingerControls(QWidget):
    """Buttons that place a chosen finger, lift it, and unplug the reader."""

    def __init__(self, reader: DemoReader) -> None:
        super().__init__()
        self._reader = reader
        self._down = False
        self.person, self.finger, self.condition = QComboBox(), QComboBox(), QComboBox()
        for number in range(1, HANDS + 1):
            self.person.addItem(f"{tr('Made-up person')} {number}", number)
        for position in ON_TERMINALS:
            self.finger.addItem(tr(position.words), position)
        self.finger.setCurrentIndex(ON_TERMINALS.index(FingerPosition.RIGHT_INDEX))
        for condition, text in CONDITIONS.items():
            self.condition.addItem(tr(text), condition)
        for box, name in (
            (self.person, tr("Whose")),
            (self.finger, tr("Finger")),
            (self.condition, tr("How")),
        ):
            box.setAccessibleName(name)
            box.setMinimumWidth(150)
        self.touch = button(tr("Put down"), self._toggle, "primary", "fingerprint")
        self.plug = button(tr("Unplug"), self._plug)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row(self.person, self.finger, self.condition, self.touch, self.plug, None))

    def _toggle(self) -> None:
        self._down = not self._down
        if self._down:
            self._reader.touch(
                self.person.currentData(), self.finger.currentData(), self.condition.currentData()
            )
        else:
            self._reader.lift()
        self.touch.setText(tr("Lift") if self._down else tr("Put down"))

    def _plug(self) -> None:
        if self._reader.device.faults.unplugged:
            self._reader.device.plug_in()
            self.plug.setText(tr("Unplug"))
        else:
            self._reader.device.unplug()
            self.plug.setText(tr("Plug in"))


class ReaderWindow(QWidget):
    """The window with the controls of the desk's reader."""

    def __init__(self, reader: DemoReader) -> None:
        super().__init__()
        self.setObjectName("body")
        self.setWindowTitle(tr("Muster demo: fingerprint reader"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        advice = label(
            tr(
                "The reader at the desk is simulated. Lay a finger on it when the console asks "
                "for one, and lift it again."
            ),
            "soft",
        )
        layout.addWidget(card([advice, FingerControls(reader)]))
