"""The life of a terminal: which act is possible when, and what it leads to. TE14.

Pure. An act that is not in the table cannot be done; its refusal says what can be done instead.
"""

from enum import StrEnum

from console.domain.errors import Conflict
from console.domain.language import msgid, tr
from console.domain.terminals import TerminalStatus

_S = TerminalStatus


class Act(StrEnum):
    """What somebody does to a terminal; SHOWN_EMPTY: what the terminal itself has shown."""

    APPROVE = "approve"
    BLOCK = "block"
    EMPTY = "empty"
    RETIRE = "retire"
    SHOWN_EMPTY = "shown_empty"
    BRING_BACK = "bring_back"
    REMOVE = "remove"
    DECLARE_GONE = "declare_gone"
    DIAL_IN = "dial_in"


TRANSITIONS: dict[Act, dict[TerminalStatus, TerminalStatus]] = {
    # an approval whose answer was lost is made again
    Act.APPROVE: dict.fromkeys((_S.PENDING, _S.BLOCKED, _S.APPROVED), _S.APPROVED),
    Act.BLOCK: dict.fromkeys(
        (_S.PENDING, _S.APPROVED, _S.EMPTYING, _S.EMPTY, _S.RETIRING), _S.BLOCKED
    ),
    Act.EMPTY: {_S.APPROVED: _S.EMPTYING, _S.BLOCKED: _S.EMPTYING},
    Act.RETIRE: {
        _S.APPROVED: _S.RETIRING,
        _S.BLOCKED: _S.RETIRING,
        _S.EMPTYING: _S.RETIRING,
        _S.EMPTY: _S.RETIRED,
    },
    Act.SHOWN_EMPTY: {_S.EMPTYING: _S.EMPTY, _S.RETIRING: _S.RETIRED},
    Act.BRING_BACK: dict.fromkeys((_S.EMPTYING, _S.EMPTY, _S.RETIRING, _S.RETIRED), _S.APPROVED),
    Act.REMOVE: {_S.EMPTY: _S.REMOVED, _S.RETIRED: _S.REMOVED},
    Act.DECLARE_GONE: dict.fromkeys(
        (_S.APPROVED, _S.BLOCKED, _S.EMPTYING, _S.EMPTY, _S.RETIRING, _S.RETIRED), _S.REMOVED
    ),
    Act.DIAL_IN: {_S.REMOVED: _S.PENDING},
}
_REFUSALS = {
    Act.APPROVE: msgid("This terminal was emptied or is retired. Bring it back."),
    Act.BLOCK: msgid("This terminal is not served anyway."),
    Act.EMPTY: msgid("Only an approved or a blocked terminal can be emptied."),
    Act.RETIRE: msgid("Only a terminal that was approved once can be retired."),
    Act.SHOWN_EMPTY: msgid("Nobody has asked for this terminal to be emptied."),
    Act.BRING_BACK: msgid("Only a terminal that was emptied or retired can be brought back."),
    Act.REMOVE: msgid(
        "Nothing shows that this terminal is empty. Empty or retire it first; if the device is "
        "gone, type its name to confirm that."
    ),
    Act.DECLARE_GONE: msgid("This terminal is awaiting approval. Dismiss it from the list."),
    Act.DIAL_IN: msgid("This terminal is in the list already."),
}


def after(status: TerminalStatus, act: Act) -> TerminalStatus:
    """The status that an act leads to. Raises Conflict where it is not possible."""
    found = TRANSITIONS[act].get(status)
    if found is None:
        raise Conflict(tr(_REFUSALS[act]))
    return found


def possible(status: TerminalStatus) -> frozenset[Act]:
    """The acts that are possible on a terminal of this status."""
    return frozenset(act for act, moves in TRANSITIONS.items() if status in moves)
