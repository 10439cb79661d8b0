"""Invitations: send, list, and the rules of all links."""

from datetime import datetime

import msgspec

from console.api.employees import WhichEmployees
from console.api.operation import ADMIN, ANYONE, Nothing, Started, operation
from console.domain.funnel import Stage, Why
from console.domain.invitations import Status
from console.domain.today import Concern
from console.domain.work_hours import WorkHours


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """Invites these employees, or all of a list.

    those: None where ids are given; again: those who are enrolled already get a link too. Whoever
    has handed in photos that wait for screening or review gets none: a new link would throw them
    away.
    """

    employee_ids: list[str] = []
    those: WhichEmployees | None = None
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
    """How many invitations were sent, and who got none. campaign_id: "" outside of campaigns."""

    sent: int
    skipped: list[NotInvited]
    campaign_id: str = ""


class InvitationRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as the list shows it.

    email: what became of the newest email, in words; stage: the furthest that it has come; why: it
    has come no further; reminded, told_at: see `store/schema/enrolment.py`.
    """

    id: str
    employee_id: str
    employee: str
    number: str
    status: Status
    status_text: str
    email: str
    stage: Stage
    why: Why
    reminded: int
    told_at: datetime | None
    created_at: datetime
    expires_at: datetime
    changed_at: datetime


class Those(msgspec.Struct, frozen=True, kw_only=True):
    """Some invitations by their ids; or, without ids, whoever a filter of the board shows.

    campaign_id: "" for all links; stage, why: None for any.
    """

    ids: list[str] = []
    campaign_id: str = ""
    stage: Stage | None = None
    why: Why | None = None
    search: str = ""


class ListInvitations(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for one page.

    open_only: only invitations that wait for somebody or for screening; those: only what the board
    counts there, each person once; its search and ids are not read; concern: only what this line
    of the first page counts.
    """

    search: str = ""
    open_only: bool = False
    those: Those | None = None
    concern: Concern | None = None
    cursor: str = ""
    limit: int = 100


class InvitationPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of invitations; see `employees.EmployeePage`."""

    rows: list[InvitationRow]
    cursor: str
    total: int


class LinkRules(msgspec.Struct, frozen=True, kw_only=True):
    """Of all links of the site.

    by_link: people may enrol by link at all; hours: in which reminders leave by themselves.
    """

    by_link: bool
    hours: WorkHours


look_at_invite = operation("invitations.look", Invite, InviteLook, ADMIN)
invite = operation("invitations.invite", Invite, Started, ADMIN)
list_invitations = operation("invitations.list", ListInvitations, InvitationPage, ANYONE)
get_rules = operation("invitations.rules", Nothing, LinkRules, ANYONE)
save_rules = operation("invitations.save_rules", LinkRules, LinkRules, ADMIN)
