"""Made-up rows: each function adds one, and says in its parameters what a test may vary."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from console.domain.invitations import Status
from console.domain.placements import PlacementState
from console.domain.terminals import TerminalStatus
from console.store.columns import Base, new_id
from console.store.schema import (
    Consent,
    Employee,
    Enrolment,
    Finger,
    Invitation,
    Placement,
    Terminal,
)
from console.store.unit_of_work import Tx

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
Row = TypeVar("Row", bound=Base)
_numbers = itertools.count(1001)


def _added(tx: Tx, row: Row) -> Row:
    """Sent to the database at once: what refers to it comes next."""
    tx.add(row)
    tx.flush()
    return row


def add_employee(tx: Tx, number: str = "", active: bool = True) -> Employee:
    row = Employee(
        id=new_id(),
        number=number or str(next(_numbers)),
        first_name="Nur",
        last_name="Aisyah",
        email="",
        department="",
        active=active,
        in_force=active,
        sort_name="aisyah nur",
        created_at=NOW,
        updated_at=NOW,
    )
    return _added(tx, row)


def add_invitation(
    tx: Tx, employee: Employee, status: Status, tries: int = 0, remark: str = ""
) -> Invitation:
    row = Invitation(
        id=new_id(),
        employee_id=employee.id,
        token_hash=new_id(),
        status=status,
        tries=tries,
        remark=remark,
        created_by="Mei",
        created_at=NOW,
        expires_at=NOW + timedelta(days=7),
        changed_at=NOW,
    )
    return _added(tx, row)


def add_enrolment(tx: Tx, invitation: Invitation, live: bool = True) -> Enrolment:
    row = Enrolment(
        id=new_id(),
        employee_id=invitation.employee_id,
        invitation_id=invitation.id,
        modality="face",
        model="dlib",
        photos=3,
        template=b"sealed",
        version="0" * 16,
        approved_by="Mei",
        approved_at=NOW,
        live=live,
    )
    return _added(tx, row)


def add_terminal(tx: Tx, name: str) -> Terminal:
    row = Terminal(
        id=new_id(),
        serial=new_id(),
        name=name,
        status=TerminalStatus.APPROVED,
        address="192.0.2.1",
        info={},
        first_seen=NOW,
        last_seen=NOW,
    )
    return _added(tx, row)


def add_placement(
    tx: Tx,
    employee: Employee,
    terminal: Terminal,
    state: PlacementState = PlacementState.WAITING,
    **values: Any,
) -> Placement:
    """What belongs on a terminal, or must go (belongs=False)."""
    usual = {"belongs": True, "pin": employee.number, "since": NOW, "run_at": NOW}
    row = Placement(
        terminal_id=terminal.id, employee_id=employee.id, state=state, **{**usual, **values}
    )
    return _added(tx, row)


def add_consent(
    tx: Tx,
    employee: Employee,
    modality: str,
    given_at: datetime,
    withdrawn_at: datetime | None = None,
) -> Consent:
    row = Consent(
        id=new_id(),
        employee_id=employee.id,
        modality=modality,
        text_digest="0" * 64,
        text_version=1,
        language="en",
        channel="desk",
        user_agent="",
        given_at=given_at,
        withdrawn_at=withdrawn_at,
    )
    return _added(tx, row)


def add_finger(tx: Tx, employee: Employee, position: int, templates: bytes) -> Finger:
    """templates: as they are stored, sealed."""
    row = Finger(
        id=new_id(),
        employee_id=employee.id,
        position=position,
        extractor="leader-1",
        quality=70,
        scans=3,
        templates=templates,
        version="0" * 16,
        reader="ZK4500",
        taken_by="Mei",
        taken_at=NOW,
    )
    return _added(tx, row)
