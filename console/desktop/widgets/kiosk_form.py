"""The settings of a kiosk or a group as a form; two check boxes stand for the match policy."""

from collections.abc import Sequence
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QWidget

from console.domain.kiosks import LANGUAGES, KioskSettings
from console.domain.language import paragraph, tr
from console.domain.login_policy import (
    TOLERANCES,
    MatchPolicy,
    Method,
    cached_by_default,
    flags_of,
    policy_by_flags,
)
from console.domain.texts import SKIP_SETTING_LABEL
from console.qt.language import NAMES
from console.qt.number_box import NumberBox
from console.qt.widgets import label, row

METHODS = {Method.FACE: tr("Face"), Method.FINGER: tr("Finger"), Method.NUMBER: tr("Number")}
LEVELS = {
    "Medium": tr("Medium security"),
    "Medium-High": tr("Medium-high security"),
    "High": tr("High security"),
}
"""What the sets of tolerances are called."""
OWN_SET = tr("Custom")
REQUIRE_HELP = tr("Also found as: Require Biometric Match")
SKIP_HELP = tr("Also found as: Skip Biometric WinTeam Down, Require If WinTeam Is Available")
COUNTS = {
    "number_attempts": (tr("Attempts with the number"), 1, 10),
    "finger_attempts": (tr("Attempts with a finger"), 1, 10),
    "face_attempts": (tr("Attempts with the face"), 1, 10),
    "face_frames": (tr("Unusable images per attempt"), 3, 60),
    "session_timeout_s": (tr("Inactivity time-out (seconds)"), 5, 300),
    "max_cached": (tr("Maximum people stored"), 1, 100_000),
}
SWITCHES = {
    "require_number": tr("Ask for the number every time"),
    "preload": tr("Load fingers before the first login"),
    "challenge": tr("Ask people to turn their head and blink"),
    "voice": tr("Voice prompts"),
    "high_contrast": tr("High contrast"),
    "active": tr("In use"),
}


class KioskForm(QWidget):
    """changed: something was edited."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._showing = False
        self.method, self.tolerance, self.camera = QComboBox(), QComboBox(), QComboBox()
        for value, words in METHODS.items():
            self.method.addItem(words, value)
        for name, limits in TOLERANCES.items():
            chance = round(1 / limits.face_fmr)
            words = tr("{level}: 1 in {count:,}", level=LEVELS[name], count=chance)
            self.tolerance.addItem(words, name)
        self.tolerance.addItem(OWN_SET, "")
        self.camera.setEditable(True)
        self.require_match, self.skip = (
            QCheckBox(tr("Require a biometric match")),
            QCheckBox(tr(SKIP_SETTING_LABEL)),
        )
        self.require_match.setToolTip(REQUIRE_HELP)
        self.skip.setToolTip(SKIP_HELP)
        self.cached = QCheckBox(tr("Let stored people in while the database is down"))
        self.face_odds, self.finger_odds = (
            self._odds(tr("Face: 1 in")),
            self._odds(tr("Finger: 1 in")),
        )
        self.odds_row = row(self.face_odds, self.finger_odds, None)
        self.counts = {
            name: NumberBox(words, low, high) for name, (words, low, high) in COUNTS.items()
        }
        self.switches = {name: QCheckBox(words) for name, words in SWITCHES.items()}
        self.switches["challenge"].setToolTip(
            paragraph(
                tr("Deters photo attacks; not proof of liveness."),
                tr("People who cannot do it can use their number."),
            )
        )
        self.languages = {one: QCheckBox(NAMES[one]) for one in LANGUAGES}
        self.first = QComboBox()
        for one in LANGUAGES:
            self.first.addItem(NAMES[one], one)
        self._lay_out()
        self._connect()

    def _odds(self, words: str) -> QDoubleSpinBox:
        made = QDoubleSpinBox()
        made.setDecimals(0)
        made.setRange(100, 1_000_000)
        made.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        made.setGroupSeparatorShown(True)
        made.setPrefix(f"{words} ")
        made.setAccessibleName(words)
        return made

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 8, 0)
        form.setVerticalSpacing(8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for combo in (self.tolerance, self.camera, self.first, self.method):
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(12)
        form.addRow(tr("First method"), self.method)
        form.addRow(self.switches["require_number"])
        form.addRow(label(tr("Match"), "heading"))
        form.addRow(self.require_match)
        form.addRow(self.skip)
        form.addRow(self.cached)
        form.addRow(label(tr("False accept rate"), "heading"))
        form.addRow(self.tolerance)
        form.addRow(self.odds_row)
        form.addRow(label(tr("Attempts and time-outs"), "heading"))
        for name, (words, _, _) in COUNTS.items():
            form.addRow(words, self.counts[name])
        form.addRow(label(tr("Display"), "heading"))
        form.addRow(tr("Languages"), self.languages[LANGUAGES[0]])
        for one in LANGUAGES[1:]:
            form.addRow("", self.languages[one])
        form.addRow(tr("First language"), self.first)
        form.addRow(tr("Camera"), self.camera)
        for name in ("preload", "challenge", "voice", "high_contrast", "active"):
            form.addRow(self.switches[name])

    def _connect(self) -> None:
        self.require_match.toggled.connect(lambda _: self._flags(True))
        self.skip.toggled.connect(lambda _: self._flags(False))
        for combo in (self.method, self.tolerance, self.first):
            combo.currentIndexChanged.connect(lambda _: self._edited())
        self.camera.currentTextChanged.connect(lambda _: self._edited())
        for box in (self.cached, *self.switches.values(), *self.languages.values()):
            box.toggled.connect(lambda _: self._edited())
        for spin in self.counts.values():
            spin.valueChanged.connect(lambda _: self._edited())
        for odd in (self.face_odds, self.finger_odds):
            odd.valueChanged.connect(lambda _: self._edited())

    def _flags(self, require: bool) -> None:
        """Clearing one of the two sets the other."""
        if self._showing:
            return
        policy = policy_by_flags(self.require_match.isChecked(), self.skip.isChecked(), require)
        self._show_policy(policy)
        self.cached.setChecked(cached_by_default(policy))
        self._edited()

    def _show_policy(self, policy: MatchPolicy) -> None:
        before, self._showing = self._showing, True
        match, skip = flags_of(policy)
        self.require_match.setChecked(match)
        self.skip.setChecked(skip)
        self._showing = before

    def _edited(self) -> None:
        self.odds_row.setVisible(self.tolerance.currentData() == "")
        if not self._showing:
            self.changed.emit()

    def show_settings(self, settings: KioskSettings, cameras: Sequence[str] = ()) -> None:
        """Fills the form; cameras: the names that the kiosk reported."""
        self._showing = True
        self.method.setCurrentIndex(self.method.findData(settings.default_method))
        self._show_policy(settings.match_policy)
        self.cached.setChecked(settings.cached_when_down)
        own = settings.tolerance not in TOLERANCES
        self.tolerance.setCurrentIndex(self.tolerance.findData("" if own else settings.tolerance))
        self.face_odds.setValue(1 / settings.limits.face_fmr)
        self.finger_odds.setValue(1 / settings.limits.finger_fmr)
        for name, spin in self.counts.items():
            spin.setValue(getattr(settings, name))
        for name, box in self.switches.items():
            box.setChecked(getattr(settings, name))
        for one, box in self.languages.items():
            box.setChecked(one in settings.languages)
        self.first.setCurrentIndex(self.first.findData(settings.languages[0]))
        self.camera.clear()
        self.camera.addItems(["", *cameras])
        self.camera.setCurrentText(settings.camera)
        self._showing = False
        self.odds_row.setVisible(own)

    def settings(self) -> KioskSettings:
        """As edited; bounds are checked by the service."""
        policy = policy_by_flags(self.require_match.isChecked(), self.skip.isChecked(), True)
        first = self.first.currentData()
        rest = [one for one, box in self.languages.items() if box.isChecked() and one != first]
        cached = self.cached.isChecked()
        chosen: dict[str, Any] = {name: spin.value() for name, spin in self.counts.items()}
        chosen |= {name: box.isChecked() for name, box in self.switches.items()}
        return KioskSettings(
            default_method=self.method.currentData(),
            match_policy=policy,
            cached_login_when_down=None if cached is cached_by_default(policy) else cached,
            tolerance=self.tolerance.currentData(),
            face_fmr=1 / self.face_odds.value(),
            finger_fmr=1 / self.finger_odds.value(),
            languages=[first, *rest],
            camera=self.camera.currentText().strip(),
            **chosen,
        )
