"""Who calls the service: an operator with a session, or a kiosk with a pairing."""

from collections.abc import Callable
from dataclasses import dataclass

from console.domain.operators import Role
from console.store.unit_of_work import ReadTx


@dataclass(frozen=True)
class OperatorCaller:
    """The operator behind a call."""

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    employee_id: str = ""
    """The employee that they are; "" for none."""
    must_change: bool = False
    """They signed in with a temporary password, and must change it before anything else."""
    must_set_up: bool = False
    """They need a second factor and have none, and must set it up before anything else."""


@dataclass(frozen=True)
class KioskCaller:
    """The kiosk behind a call."""

    id: str
    name: str


Caller = OperatorCaller | KioskCaller
FindCaller = Callable[[ReadTx, str], Caller]
"""From a token to whom it was given. Raises NotSignedIn with what to do."""
