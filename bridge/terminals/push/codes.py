"""The codes with which units that dial in answer, and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.wording import worded

ON_ITS_WAY = -5000
"""The command was handed on to another unit; its result comes later, under the same id."""
NO_SUCH_PERSON = -10
FOR_NOW = frozenset({-3, -1003, -1005, -1007})
"""Memory could not be written, time ran out, busy, out of memory: it may work later."""


@dataclass(frozen=True)
class Meaning:
    """What a code of failure means. permanent: trying again does not help."""

    sentence: str
    permanent: bool


@dataclass(frozen=True, kw_only=True)
class ReturnCodes:
    """The return codes of a dialect.

    unknown: the firmware does not know the command, and never will; nothing: real units answer an
    empty query with one of these, which may mean a bad parameter as well; meanings: of failures, as
    far as they are published; positive_succeeds: a code above 0 is never a failure.
    """

    unknown: frozenset[int]
    nothing: frozenset[int]
    meanings: Mapping[int, Meaning] = field(default_factory=dict)
    positive_succeeds: bool = False

    def succeeds(self, code: int, *, queried: bool) -> bool:
        """Whether a command did its work. queried: it asked for rows; the code may count them."""
        if code > 0:
            return queried or self.positive_succeeds
        return code == 0 or (queried and code in self.nothing)

    def explain(self, code: int, what: str) -> Meaning:
        """What a failure means; unknown ones may pass. what: completes "refused to …"."""
        known = self.meanings.get(
            code, Meaning(worded("The terminal refused to {what}.", what=what), False)
        )
        return Meaning(
            " ".join((known.sentence, worded("The code is {code}.", code=code))), known.permanent
        )


_MEANINGS = {
    -1: Meaning(worded("The terminal refused a value."), True),
    -2: Meaning(worded("The terminal received the photo incompletely."), False),
    -3: Meaning(worded("The terminal could not write to its memory."), False),
    -9: Meaning(worded("The terminal received the template incompletely."), False),
    -10: Meaning(worded("The terminal does not know this employee number."), False),
    -11: Meaning(worded("The terminal could not use the template."), True),
    -12: Meaning(worded("The terminal could not use the template."), True),
    -1001: Meaning(worded("The terminal is full. Remove people from it."), True),
    -1003: Meaning(worded("The terminal ran out of time."), False),
    -1004: Meaning(worded("The data does not fit the terminal's settings."), True),
    -1005: Meaning(worded("The terminal was busy."), False),
    -1006: Meaning(worded("The photo is too long for the terminal."), True),
    -1007: Meaning(worded("The terminal ran out of memory."), False),
    -1008: Meaning(worded("The terminal could not fetch the photo."), False),
}
ATTENDANCE_CODES = ReturnCodes(
    unknown=frozenset({-22, -1002}), nothing=frozenset({-1, NO_SUCH_PERSON}), meanings=_MEANINGS
)
FACE_ERRORS: dict[str, str] = {
    "D01E0001": worded("The terminal found no face in the photo."),
    "D01E0002": worded("The terminal says that the face is covered."),
    "D01E0003": worded("The terminal says that the photo is not sharp."),
    "D01E0004": worded("The terminal says that the head is turned too far."),
    "D01E0005": worded("The terminal's liveness check refused the photo."),
    "D01E0006": worded("The terminal could not make a template of the photo."),
}


def explain_face_error(code: str) -> str:
    """What an ERRORLOG line on a photo means."""
    return FACE_ERRORS.get(code, worded("The terminal reports error {code}.", code=code))
