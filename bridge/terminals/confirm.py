"""What a unit must show before a change of its fingers counts. TE25: an OK shows nothing."""

from collections.abc import Collection, Iterable

from bridge.terminals.errors import NotConfirmed
from bridge.terminals.terminal import FingerTemplate
from bridge.wording import worded


def check_written(sent: Collection[FingerTemplate], held: Iterable[FingerTemplate]) -> None:
    """Raises NotConfirmed unless the unit holds each template as it was sent."""
    now = {(finger.pin, finger.finger): finger.template for finger in held}
    lost = [finger for finger in sent if now.get((finger.pin, finger.finger)) != finger.template]
    if lost:
        raise NotConfirmed(
            worded(
                "{lost} of {sent} fingers are not on the terminal as they were sent.",
                lost=len(lost),
                sent=len(sent),
            )
        )


def check_removed(removed: Collection[tuple[str, int]], held: Iterable[FingerTemplate]) -> None:
    """Raises NotConfirmed if the unit still holds one of these fingers."""
    still = {(finger.pin, finger.finger) for finger in held} & set(removed)
    if still:
        raise NotConfirmed(worded("{still} fingers are still on the terminal.", still=len(still)))


def shown_finger(held: Iterable[FingerTemplate], pin: str, finger: int) -> bytes | None:
    """The template that the unit shows of one finger."""
    return {(one.pin, one.finger): one.template for one in held}.get((pin, finger))


def check_enrolled(before: bytes | None, after: bytes | None) -> None:
    """Raises NotConfirmed unless the unit shows a template that it did not hold before."""
    if after is None:
        raise NotConfirmed(worded("The terminal says that it enrolled the finger, but shows none."))
    if after == before:
        raise NotConfirmed(
            worded("The terminal says that it enrolled the finger, but kept the old one.")
        )
