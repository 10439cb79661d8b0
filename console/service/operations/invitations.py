"""Invitations: send, list, and the rules of all links."""

from collections.abc import Sequence

from sqlalchemy import func, select

from console.api import invitations as api
from console.api.operation import Nothing, Started
from console.domain.campaigns import MAX_AT_ONCE, Allowed
from console.domain.errors import Invalid
from console.domain.funnel import Stage, why_here
from console.domain.invitations import OPEN
from console.domain.kept_texts import said
from console.domain.language import labelled, msgid, tr
from console.domain.work_hours import checked_hours
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.invitations import Invitations, Order, Sender
from console.service.enrolment.link_rules import set_rules
from console.service.operations.concerns import Concerned
from console.service.operations.dispatch import Call, handles
from console.service.operations.invitation_search import named, on_board
from console.service.operations.paging import after, checked_limit, encode_cursor
from console.service.operations.which_employees import narrowed
from console.service.pools import Pool
from console.service.settings import LinkRules, load_link_rules
from console.service.tasks import Tasks
from console.store.queries.board import place_of
from console.store.queries.people import full_name
from console.store.queries.statuses import status_texts
from console.store.schema import Employee, Invitation, Outbox
from console.store.unit_of_work import ReadTx

EMAIL_WORDS = {
    "queued": msgid("Waiting to be sent"),
    "held": msgid("On hold: enrolment by link is off"),
    "sent": msgid("Sent"),
    "failed": msgid("Not sent"),
}


class InvitationOperations:
    """What operators do with invitations."""

    def __init__(
        self, invitations: Invitations, tasks: Tasks, gallery: FaceGallery, concerned: Concerned
    ) -> None:
        self._invitations, self._tasks, self._gallery = invitations, tasks, gallery
        self._concerned = concerned

    @handles(api.invite, Pool.READ)
    def invite(self, call: Call, request: api.Invite) -> Started:
        """Starts the task that sends the links. Raises Invalid."""
        people = self._people(call, request)
        sender = Sender(id=call.operator.id, name=call.operator.name)
        body = self._invitations.body(people, Order(sender=sender, allowed=_allowed(request)))
        title = msgid("Inviting people")
        return Started(task_id=self._tasks.start_blocking(title, body, by=call.operator.id))

    @handles(api.look_at_invite, Pool.READ)
    def look(self, call: Call, request: api.Invite) -> api.InviteLook:
        """Whom an invitation would reach, and why not the others. Raises Invalid."""
        return self._invitations.look(self._people(call, request), _allowed(request))

    def _people(self, call: Call, request: api.Invite) -> list[str]:
        """The ids of those who are meant. Raises Invalid."""
        people = list(request.employee_ids)
        if request.those is not None:
            with call.read() as tx:
                query = narrowed(
                    tx,
                    select(Employee.id),
                    request.those,
                    model=self._gallery.model,
                    concerned=self._concerned,
                )
                people = list(tx.scalars(query))
        if len(people) > MAX_AT_ONCE:
            raise Invalid(
                "employee_ids", tr("Invite at most {most:,} people at once.", most=MAX_AT_ONCE)
            )
        return people

    @handles(api.list_invitations, Pool.READ)
    def list_page(self, call: Call, request: api.ListInvitations) -> api.InvitationPage:
        """One page, the newest first. Raises Invalid for a concern of another list."""
        query = named(select(Invitation, Employee), request.search)
        if request.open_only:
            query = query.where(Invitation.status.in_(OPEN))
        if request.those is not None:
            query = on_board(query, request.those)
        limit = checked_limit(request.limit)
        with call.read() as tx:
            if request.concern is not None:
                query = query.where(self._concerned.invitations(tx, request.concern))
            total = -1
            if request.cursor:
                query = query.where(
                    after(request.cursor, Invitation.created_at, Invitation.id, descending=True)
                )
            else:
                ids = query.with_only_columns(Invitation.id).subquery()
                total = tx.scalar(select(func.count()).select_from(ids)) or 0
            ordered = query.order_by(Invitation.created_at.desc(), Invitation.id.desc())
            rows = list(tx.execute(ordered.limit(limit)))
            last = rows[-1][0] if len(rows) == limit else None
            cursor = encode_cursor(last.created_at, last.id) if last else ""
            return api.InvitationPage(rows=_structs(tx, rows), cursor=cursor, total=total)

    @handles(api.get_rules, Pool.READ)
    def rules(self, call: Call, request: Nothing) -> api.LinkRules:
        """The rules of all links."""
        with call.read() as tx:
            return _rules(load_link_rules(tx))

    @handles(api.save_rules, Pool.WRITE)
    def save(self, call: Call, request: api.LinkRules) -> api.LinkRules:
        """Switches enrolment by link on or off, and sets the hours of reminders. Raises Invalid."""
        hours = checked_hours(request.hours)
        with call.write() as tx:
            set_rules(tx, LinkRules(by_link=request.by_link, hours=hours))
            return _rules(load_link_rules(tx))


def _allowed(request: api.Invite) -> Allowed:
    return Allowed(enrolled=request.again, with_link=True)


def _rules(rules: LinkRules) -> api.LinkRules:
    return api.LinkRules(by_link=rules.by_link, hours=rules.hours)


def _structs(tx: ReadTx, rows: Sequence[tuple[Invitation, Employee]]) -> list[api.InvitationRow]:
    invitations = [invitation for invitation, _ in rows]
    texts = status_texts(tx, invitations)
    emails = email_words(tx, [row.id for row in invitations])
    return [
        api.InvitationRow(
            id=row.id,
            employee_id=employee.id,
            employee=full_name(employee),
            number=employee.number,
            status=row.status,
            status_text=texts[row.id],
            email=emails.get(row.id, tr("On paper") if row.on_paper else tr("No email")),
            stage=Stage(row.stage),
            why=why_here(place_of(row)),
            reminded=row.reminded,
            told_at=row.told_at,
            created_at=row.created_at,
            expires_at=row.expires_at,
            changed_at=row.changed_at,
        )
        for row, employee in rows
    ]


def email_words(tx: ReadTx, invitation_ids: list[str]) -> dict[str, str]:
    """Invitation id -> what became of its newest email."""
    query = (
        select(Invitation.id, Outbox.state, Outbox.error)
        .join(Outbox, Outbox.invitation_id == Invitation.id)
        .where(Invitation.id.in_(invitation_ids))
        .order_by(Outbox.created_at)
    )
    return {row_id: email_state(state, error) for row_id, state, error in tx.execute(query)}


def email_state(state: str, error: str) -> str:
    """What became of an email, and why it did not leave."""
    shown = tr(EMAIL_WORDS[state])
    return labelled(shown, said(error)) if error else shown
