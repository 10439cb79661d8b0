"""Invitations: send, list, send again, revoke."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, operation
from console.domain.invitations import Status


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    employee_ids: list[str]


class NotInvited(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who got no invitation, and why."""

    employee_id: str
    name: str
    reason: str


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    sent: int
    skipped: list[NotInvited]


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """mail: what became of the email, in words."""

    id: str
    employee_id: str
    employee: str
    number: str
    status: Status
    status_text: str
    email: str
    created_at: datetime
    expires_at: datetime
    changed_at: datetime


class ListInvitations(msgspec.Struct, frozen=True, kw_only=True):
    """open_only: only those that wait for a person, for screening or for review."""

    search: str = ""
    open_only: bool = False
    cursor: str = ""
    limit: int = 100


class InvitationPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[Invitation]
    cursor: str
    total: int


invite = operation("invitations.invite", Invite, Invited, ADMIN)
list_invitations = operation("invitations.list", ListInvitations, InvitationPage, ANYONE)
revoke = operation("invitations.revoke", ById, Invitation, ADMIN)
