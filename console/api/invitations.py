"""Invitations: send, list, send again, revoke."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, Started, operation
from console.domain.invitations import Status


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """Invites these employees, or all whom a search finds.

    re_enrol: of those whom the search finds, only those of whom a new photo is advised; again:
    those who are enrolled already get a link too. Whoever has handed in photos that wait for
    screening or review gets none: a new link would throw them away.
    """

    employee_ids: list[str] = []
    search: str | None = None
    re_enrol: bool = False
    again: bool = False


class InviteLook(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an invitation would reach. invited: how many; left_out: reason -> how many."""

    invited: int
    left_out: dict[str, int]


class NotInvited(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who got no invitation, and why."""

    employee_id: str
    name: str
    reason: str


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """How many invitations were sent, and who got none."""

    sent: int
    skipped: list[NotInvited]


class InvitationRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as the list shows it. email: what became of the email, in words."""

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
    """Asks for one page. open_only: only invitations that wait for somebody or for screening."""

    search: str = ""
    open_only: bool = False
    cursor: str = ""
    limit: int = 100


class InvitationPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of invitations; see `employees.EmployeePage`."""

    rows: list[InvitationRow]
    cursor: str
    total: int


look_at_invite = operation("invitations.look", Invite, InviteLook, ADMIN)
invite = operation("invitations.invite", Invite, Started, ADMIN)
list_invitations = operation("invitations.list", ListInvitations, InvitationPage, ANYONE)
revoke = operation("invitations.revoke", ById, InvitationRow, ADMIN)
