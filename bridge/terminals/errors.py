"""What can go wrong with a terminal on the LAN.

Everything that the bridge raises is a `BridgeError` with a cause and a remedy.
"""

from typing import ClassVar

from bridge.wording import worded

COUNTED_KINDS = (
    worded("people"),
    worded("fingers"),
    worded("records"),
    worded("operations"),
    worded("logins"),
)
"""What `Incomplete` and `Uncounted` count."""


class BridgeError(Exception):
    """The root of these errors.

    reason: a stable name; remedy: what the operator can do about it.
    """

    reason: ClassVar[str] = "failed"
    remedy: ClassVar[str] = worded("Try again; if it stays, run the connection doctor.")


class Unreachable(BridgeError):
    """Nothing answers at the address, or the connection broke."""

    reason = "unreachable"
    remedy = worded(
        "Check that the terminal is on, its network cable, its address, "
        "and that no firewall stands between."
    )


class NoAnswer(BridgeError):
    """The unit is there, but an answer did not come in time."""

    reason = "no_answer"
    remedy = worded(
        "The terminal may be busy with another program; close that one, or restart the terminal."
    )


class TerminalBusy(BridgeError):
    """Another session with this unit is open; a unit serves only one at a time."""

    reason = "busy"
    remedy = worded("Wait until the other work on this terminal has ended.")


class KeyRefused(BridgeError):
    """The comm key is missing or wrong."""

    reason = "key_refused"
    remedy = worded(
        "Enter the comm key that the terminal shows in its menu under Comm., Connection."
    )


class Unsupported(BridgeError):
    """The unit, its present mode, or its dialect cannot do this."""

    reason = "unsupported"
    remedy = worded(
        "This terminal's firmware cannot do this. "
        "If logs are missing, set its device type to T&A PUSH."
    )


class Refused(BridgeError):
    """The unit answered a well-formed request with an error.

    code: the unit's own; lasting: it will not pass by itself.
    """

    reason = "refused"
    remedy = worded("The terminal refused the request; it may be full or busy.")

    def __init__(self, text: str, code: int = 0, *, lasting: bool = False) -> None:
        super().__init__(text)
        self.code, self.lasting = code, lasting


class FaceRefused(Refused):
    """The unit does not take this photo, for a reason of its own.

    permanent: the same photo will not do at another time either.
    """

    reason = "face_refused"
    remedy = worded("Take another photo.")

    def __init__(self, text: str, code: int = 0, *, permanent: bool) -> None:
        super().__init__(text, code, lasting=permanent)
        self.permanent = permanent


class ProtocolError(BridgeError):
    """The bytes that the unit sent do not follow the protocol."""

    reason = "protocol"
    remedy = worded(
        "Something else may listen at this address, or the firmware is unknown. "
        "The doctor can record the exchange."
    )


ODD_ANSWERS = (Refused, Unsupported, ProtocolError)
"""What is wrong with one answer, and says nothing of the next one. TE23."""


class Incomplete(BridgeError):
    """The unit says that it holds `says` rows, but only `received` arrived."""

    reason = "incomplete"
    remedy = worded("Read again. If the number stays short, the terminal's firmware hides records.")

    def __init__(self, what: str, says: int, received: int) -> None:
        super().__init__(
            worded(
                "The terminal says {says:,} {what}, received {received:,}.",
                says=says,
                what=what,
                received=received,
            )
        )
        self.says, self.received = says, received


class Uncounted(BridgeError):
    """The unit does not say how many rows it holds, so nothing shows that all have come."""

    reason = "uncounted"
    remedy = worded("Compare a few of them on the terminal itself; its firmware tells no number.")

    def __init__(self, what: str) -> None:
        super().__init__(
            worded(
                "not checked, because the terminal does not say how many {what} it holds", what=what
            )
        )


class NotConfirmed(BridgeError):
    """The read-back differs from what was written, or a condition of the write does not hold."""

    reason = "not_confirmed"
    remedy = worded("Make the plan again: it starts from what the terminal really holds.")


class WrongUnit(BridgeError):
    """Another terminal answers at this address."""

    reason = "wrong_unit"
    remedy = worded(
        "The address now belongs to another terminal. Correct the address, or add the new terminal."
    )

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            worded("Expected terminal {expected}, found {found}.", expected=expected, found=found)
        )
        self.expected, self.found = expected, found


class Cancelled(BridgeError):
    """The operator stopped the work between two chunks; the unit was left usable."""

    reason = "cancelled"
    remedy = worded("Nothing to do: the terminal was left in order.")
