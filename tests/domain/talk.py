"""A login conversation that is played by hand."""

from datetime import UTC, datetime

from console.domain.authentication import react
from console.domain.kiosks import KioskSettings
from console.domain.login_events import (
    Answer,
    Clear,
    Compared,
    ConnectedDevices,
    Digit,
    Effect,
    LoginPerson,
    LoginRecord,
    MatchEvidence,
    Submit,
)
from console.domain.login_session import (
    LoginScreen,
    begin,
)
from console.kiosk.screens.places import PlacedTexts, place_texts

DANIEL = LoginPerson("p1", "1107", "Daniel Okafor", face=True, fingers=(2, 7))
MEI = LoginPerson("p2", "1090", "Mei Lin Tan", face=True, fingers=(2,))
ALL = {person.number: person for person in (DANIEL, MEI)}


class Talk:
    """A conversation that is played by hand."""

    def __init__(
        self,
        may_identify: bool = True,
        equipment: ConnectedDevices = ConnectedDevices(),  # noqa: B008
        **settings: object,
    ) -> None:
        self.session = begin(KioskSettings(**settings), equipment, may_identify)  # type: ignore[arg-type]
        self.effects: list[Effect] = []
        self.all: list[Effect] = []

    def do(self, *events: object) -> "Talk":
        for event in events:
            self.session, self.effects = react(self.session, event)  # type: ignore[arg-type]
            self.all += self.effects
        return self

    def number(self, digits: str) -> "Talk":
        return self.do(Clear(), *(Digit(digit) for digit in digits), Submit())

    def compared(self, person: LoginPerson | None, **evidence: object) -> "Talk":
        return self.do(Compared(self.session.ticket, person, MatchEvidence(**evidence)))  # type: ignore[arg-type]

    def answer(self, person: LoginPerson | None, up: bool = True) -> "Talk":
        return self.do(
            Answer(
                self.session.ticket,
                up,
                person,
                None if up else datetime(2026, 11, 22, 8, 12, tzinfo=UTC),
            )
        )

    @property
    def screen(self) -> LoginScreen:
        return self.session.screen

    @property
    def placed(self) -> PlacedTexts:
        return place_texts(self.session)

    def last(self, kind: type) -> object:
        return next(effect for effect in reversed(self.all) if isinstance(effect, kind))

    @property
    def record(self) -> LoginRecord:
        found = self.last(LoginRecord)
        assert isinstance(found, LoginRecord)
        return found
