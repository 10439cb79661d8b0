"""The offline truth table of a kiosk in words, and a player for one login.

The player runs the same state machine as the kiosk; only the answers are chosen here.
"""

from PyQt6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from console.domain import texts
from console.domain.authentication import react
from console.domain.kiosks import KioskSettings
from console.domain.language import labelled, paragraph, tr
from console.domain.login_events import (
    Answer,
    Ask,
    ChallengeDone,
    Compare,
    Compared,
    ConnectedDevices,
    Digit,
    FaceUsable,
    FingerPlaced,
    LoginEvent,
    LoginOutcome,
    LoginPerson,
    LoginRecord,
    MatchEvidence,
    Submit,
)
from console.domain.login_policy import TABLE, Method
from console.domain.login_session import LoginScreen, LoginSession, begin
from console.domain.validity import Standing
from console.domain.why import REASONS, STAMPS
from console.qt.widgets import card, label, row

SOMEBODY = LoginPerson("1", "1107", "Daniel Okafor", face=True, fingers=(2,))
STATES: tuple[tuple[str, LoginPerson | None], ...] = (
    (tr("The person is active and enrolled"), SOMEBODY),
    (
        tr("The person is not active"),
        LoginPerson("1", "1107", "Daniel Okafor", Standing.LEFT, True, (2,)),
    ),
    (tr("The person is not enrolled"), LoginPerson("1", "1107", "Daniel Okafor")),
    (tr("The person does not exist"), None),
)
MOST_STEPS = 12


def play(
    settings: KioskSettings, up: bool, hit: bool, matches: bool, person: LoginPerson | None
) -> tuple[list[str], LoginRecord | None]:
    """Plays one login attempt: what happens, in words, and how it ends.

    up: the database is reachable; hit: the person is found in the kiosk's cache; matches: the
    comparison with one person succeeds.
    """
    session = begin(settings, ConnectedDevices())
    said: list[str] = []
    record: LoginRecord | None = None
    events: list[LoginEvent] = []
    for _ in range(60):
        if record is not None or len(said) > MOST_STEPS:
            break
        event = events.pop(0) if events else _next(session)
        before = session
        session, effects = react(session, event)
        said += _words(before, session)
        for effect in effects:
            match effect:
                case Compare(ticket, _, one):
                    found = matches if one else hit
                    events.append(Compared(ticket, SOMEBODY if found else None, MatchEvidence()))
                case Ask(ticket):
                    events.append(Answer(ticket, up, person))
                case LoginRecord():
                    record = effect
    return said, record


def _next(session: LoginSession) -> LoginEvent:
    match session.screen:
        case LoginScreen.FACE | LoginScreen.LOOK:
            return FaceUsable()
        case LoginScreen.FINGER | LoginScreen.FINGERS:
            return FingerPlaced()
        case LoginScreen.CHALLENGE:
            return ChallengeDone(True)
        case LoginScreen.KEYPAD if len(session.digits) < len(SOMEBODY.number):
            return Digit(SOMEBODY.number[len(session.digits)])
    return Submit()


def _words(before: LoginSession, after: LoginSession) -> list[str]:
    said = []
    if after.error and after.error != before.error:
        said.append(tr("“{text}”", text=tr(after.error)))
    if after.screen is not before.screen:
        words = {
            LoginScreen.KEYPAD: tr("The keypad asks for the number."),
            LoginScreen.FINGERS: tr("The screen shows which fingers can be used."),
            LoginScreen.LOOK: tr("The camera checks whether it is this person."),
            LoginScreen.HOME: tr("Access granted."),
            LoginScreen.CHALLENGE: tr("The person is asked to move."),
        }
        said += [words[after.screen]] if after.screen in words else []
    return said


class LoginPlayer(QWidget):
    """Shows what the settings given mean while the database is up and while it is down."""

    def __init__(self) -> None:
        super().__init__()
        self._settings = KioskSettings()
        self.up, self.hit, self.matches = (
            QCheckBox(tr("Database available")),
            QCheckBox(tr("Stored on this kiosk")),
            QCheckBox(tr("Then matches")),
        )
        self.state = QComboBox()
        self.state.setAccessibleName(tr("The person"))
        for words, person in STATES:
            self.state.addItem(words, person)
        for box in (self.up, self.hit, self.matches):
            box.setChecked(True)
            box.toggled.connect(lambda _: self._play())
        self.state.currentIndexChanged.connect(lambda _: self._play())
        self.result, self.story = label("", "heading", wrap=True), label("", "soft", wrap=True)
        self.sentences = [label(tr(line.sentence), "", wrap=True) for line in TABLE]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(
            card(
                [
                    label(tr("Try it"), "heading"),
                    row(self.up, self.hit, None),
                    self.matches,
                    self.state,
                    self.result,
                    self.story,
                ],
            )
        )
        layout.addWidget(card([label(tr("What applies here"), "heading"), *self.sentences]))
        layout.addStretch(1)

    def show_settings(self, settings: KioskSettings) -> None:
        """Plays the login with these settings."""
        self._settings = settings
        for line, text in zip(TABLE, self.sentences, strict=True):
            applies = settings.match_policy in line.policies and not (
                settings.default_method is Method.NUMBER and line.hit
            )
            text.setVisible(applies)
        self._play()

    def _play(self) -> None:
        number_only = self._settings.default_method is Method.NUMBER
        self.hit.setEnabled(not number_only)
        person = STATES[self.state.currentIndex()][1]
        said, record = play(
            self._settings,
            self.up.isChecked(),
            self.hit.isChecked() and not number_only,
            self.matches.isChecked(),
            person,
        )
        self.story.setText("\n".join(said))
        if record is None:
            self.result.setText("")
        elif record.outcome is LoginOutcome.ACCEPTED:
            self.result.setText(
                paragraph(tr("Let in, flagged."), tr(STAMPS[record.stamp]))
                if record.stamp
                else tr("Let in.")
            )
        else:
            self.result.setText(
                labelled(tr("Refused"), tr(REASONS.get(record.reason, texts.SESSION_RESET)))
            )
