"""Fingers: their names, their numbers on terminals, and advice on which to enrol."""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from console.domain.language import paragraph, tr

LEAST_FINGERS = 2
"""Advised for everybody: a cut or a plaster must not lock anybody out."""
NAMED = 3
"""Up to so many kiosks or terminals are named, more are counted."""
QUALITY_GOOD, QUALITY_LEAST = 45, 30
"""Of 100: below the first a scan is accepted with a warning, below the second it is rejected."""


class FingerPosition(IntEnum):
    """The finger positions of ISO/IEC 19794-2."""

    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10

    @property
    def words(self) -> str:
        """For example “right index finger”."""
        hand, _, finger = self.name.lower().partition("_")
        return f"{hand} {finger}" if finger == "thumb" else f"{hand} {finger} finger"

    @property
    def left(self) -> bool:
        """Whether the finger is one of the left hand."""
        return self >= FingerPosition.LEFT_THUMB

    @property
    def on_terminals(self) -> int:
        """The number that terminals give it: 0 is the left little finger, 9 the right one."""
        return ON_TERMINALS.index(self)


ON_TERMINALS = (
    FingerPosition.LEFT_LITTLE,
    FingerPosition.LEFT_RING,
    FingerPosition.LEFT_MIDDLE,
    FingerPosition.LEFT_INDEX,
    FingerPosition.LEFT_THUMB,
    FingerPosition.RIGHT_THUMB,
    FingerPosition.RIGHT_INDEX,
    FingerPosition.RIGHT_MIDDLE,
    FingerPosition.RIGHT_RING,
    FingerPosition.RIGHT_LITTLE,
)
"""The positions in the order of the numbers that terminals give them."""


def advice(qualities: Mapping[FingerPosition, int]) -> str:
    """What to do next for somebody whose fingers have these qualities (0 to 100)."""
    if not qualities:
        return tr(
            "Tap a finger to begin. Two fingers of different hands are advised; index fingers are "
            "read best."
        )
    best = max(qualities, key=lambda position: qualities[position])
    found = tr(
        "Best so far: {finger} (quality {quality}).",
        finger=tr(best.words),
        quality=qualities[best],
    )
    if len(qualities) < LEAST_FINGERS:
        other = (
            tr("Enrol a second finger, if possible of the right hand.")
            if best.left
            else tr("Enrol a second finger, if possible of the left hand.")
        )
        return paragraph(found, other)
    if len({position.left for position in qualities}) < LEAST_FINGERS:
        return paragraph(found, tr("Two fingers of different hands are advised."))
    return paragraph(found, tr("Two fingers of different hands are enrolled."))


def opens(kiosks: Sequence[str], terminals: Mapping[str, Sequence[str]]) -> list[str]:
    """What a finger taken at the desk opens, and what one taken at a terminal does. TE13.

    kiosks: their names; terminals: algorithm of their templates -> names of those that take them.
    """
    lines = [_opens_kiosks(kiosks)]
    if terminals:
        lines[0] = paragraph(lines[0], tr("It opens no terminal."))
    return lines + [_opens_terminals(terminals[one]) for one in sorted(terminals)]


def _opens_kiosks(names: Sequence[str]) -> str:
    if not names:
        return tr("A finger taken here opens kiosks; this site has none yet.")
    if len(names) > NAMED:
        return tr("A finger taken here opens {count:,} kiosks.", count=len(names))
    return tr("A finger taken here opens {kiosks}.", kiosks=_listed(names))


def _opens_terminals(names: Sequence[str]) -> str:
    if len(names) == 1:
        return tr("A finger taken at {terminal} opens it, and no kiosk.", terminal=names[0])
    if len(names) > NAMED:
        return tr(
            "A finger taken at one of {count:,} terminals opens all of them, and no kiosk.",
            count=len(names),
        )
    return tr(
        "A finger taken at one of {terminals} opens all of them, and no kiosk.",
        terminals=_listed(names),
    )


def _listed(names: Sequence[str]) -> str:
    *others, last = sorted(names)
    return tr("{names} and {last}", names=", ".join(others), last=last) if others else last
