"""The course of an enrolment at a unit of port 4370, from the events that it reports."""

import struct
from collections.abc import AsyncIterator
from contextlib import suppress

from bridge.terminals.errors import BridgeError, ProtocolError, Refused
from bridge.terminals.zk.codes import CommandCode, EventCode
from bridge.terminals.zk.events import ENROL_ENDS, ENROL_OK, GOOD_SCAN
from bridge.terminals.zk.exchanges import command
from bridge.terminals.zk.session import Session
from bridge.wording import worded


async def report_scans(session: Session, idle_s: float) -> AsyncIterator[str]:
    """Yield a sentence for each scan until the unit says that it has the finger.

    Raises Refused with the unit's reason, NoAnswer if no event comes for idle_s seconds.
    """
    scans = 0
    while True:
        try:
            event = await session.next_event(idle_s)
        except ProtocolError:
            if session.lost:
                raise
            continue  # whether the unit has the finger is looked at afterwards
        if event.kind is EventCode.FINGER_FEATURES and event.value == GOOD_SCAN:
            scans += 1
            yield worded("Scan {scans} is good.", scans=scans)
        elif event.kind is EventCode.FINGER_FEATURES:
            yield worded("That scan was not good; once more.")
        elif event.kind is EventCode.ENROL_FINGER:
            if event.value != ENROL_OK:
                unknown = worded(
                    "The terminal ended the enrolment (code {value}).", value=event.value
                )
                raise Refused(ENROL_ENDS.get(event.value, unknown))
            return


async def end_enrolment(session: Session) -> None:
    """Stop the events and return the unit to normal use; never fails."""
    if session.lost:
        return
    for code, data in (
        (CommandCode.REGISTER_EVENTS, struct.pack("<I", 0)),
        (CommandCode.CANCEL_CAPTURE, b""),
        (CommandCode.START_VERIFY, b""),
    ):
        with suppress(BridgeError):
            await session.run(command(code, data, worded("end the enrolment")))
