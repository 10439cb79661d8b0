"""Campaigns: who is chosen, what the email says, and how they are sent."""

from collections import Counter
from email.message import EmailMessage

from sqlalchemy import select

from console.api import campaigns as api
from console.api.operation import Nothing, Started
from console.catalogue import catalogue_of
from console.domain.campaigns import (
    MAX_AT_ONCE,
    OLDEST_MONTHS,
    Allowed,
    Candidate,
    Delivery,
    LeftOut,
    Need,
    Whom,
    checked_name,
    keys_of,
    left_out,
    list_keys,
    unknown_lines,
)
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.kept_texts import said
from console.domain.language import msgid, speaking, tr
from console.domain.link_terms import checked_terms
from console.service.email_server import EmailFailed
from console.service.enrolment.emails import link_values
from console.service.enrolment.invitations import (
    Invitations,
    Order,
    Sender,
    check_by_link,
    terms_of,
    today_at_site,
)
from console.service.enrolment.links import link_to, portal_base
from console.service.languages import language_of
from console.service.operations.dispatch import Call, handles
from console.service.outbox import Envelope, compose, message_id
from console.service.pools import Pool
from console.service.settings import load_settings
from console.service.tasks import Tasks
from console.store.queries.candidates import candidates
from console.store.queries.emails import INVITATION
from console.store.schema import Campaign, Employee, Operator
from console.store.unit_of_work import ReadTx

SHOWN = 2000
"""People left out, and unknown lines, that an answer names; it counts all of them."""
PREVIEW = "preview"
"""In place of a token: such a link opens nothing."""


class CampaignOperations:
    """What administrators do to invite many people."""

    def __init__(self, invitations: Invitations, tasks: Tasks, portal_address: str) -> None:
        """portal_address: used in links while the site has set no other."""
        self._invitations, self._tasks = invitations, tasks
        self._portal_address = portal_address

    @handles(api.look_at_choice, Pool.READ)
    def look(self, call: Call, request: api.Choice) -> api.ChoiceLook:
        """Who would get a link, and why not the others. Raises Invalid, Conflict."""
        with call.read() as tx:
            check_by_link(tx)
            chosen = _Chosen(tx, request)
        reasons = Counter(str(reason) for _, reason in chosen.left_out)
        people = [
            api.LeftOutPerson(
                employee_id=person.id, name=person.name, number=person.number, reason=reason
            )
            for person, reason in chosen.left_out[:SHOWN]
        ]
        return api.ChoiceLook(
            invited=len(chosen.invited),
            on_paper=len(chosen.invited) - len(chosen.by_email),
            first_id=chosen.by_email[0].id if chosen.by_email else "",
            left_out=dict(reasons.most_common()),
            people=people,
            unknown=len(chosen.unknown),
            lines=chosen.unknown[:SHOWN],
        )

    @handles(api.start_campaign, Pool.READ)
    def start(self, call: Call, request: api.StartCampaign) -> Started:
        """Starts the task that sends the links. Raises Invalid, Conflict."""
        order = Order(
            sender=Sender(id=call.operator.id, name=call.operator.name),
            allowed=_allowed(request.choice),
            terms=checked_terms(request.terms),
            delivery=request.choice.delivery,
            campaign=checked_name(request.name),
        )
        with call.read() as tx:
            check_by_link(tx)
            people = _Chosen(tx, request.choice).people
        if len(people) > MAX_AT_ONCE:
            raise Invalid("choice", tr("Invite at most {most:,} people at once.", most=MAX_AT_ONCE))
        body = self._invitations.body([person.id for person in people], order)
        title = msgid("Inviting people: {campaign}").format(campaign=order.campaign)
        return Started(task_id=self._tasks.start_blocking(title, body, by=call.operator.id))

    @handles(api.preview_email, Pool.READ)
    def preview(self, call: Call, request: api.PreviewEmail) -> api.EmailPreview:
        """The email as this person would get it now. Raises NotFound, Invalid, Conflict."""
        terms = checked_terms(request.terms)
        with call.read() as tx:
            person = tx.get(Employee, request.employee_id)
            if person is None:
                raise NotFound(tr(LeftOut.GONE))
            settings, base = load_settings(tx), portal_base(tx, self._portal_address)
            language = language_of(tx, person.id)
        if not settings.email.sender:
            raise Conflict(tr("Enter an email server and a sender address under Settings first."))
        sender, link = call.operator.name, link_to(base, PREVIEW)
        with speaking(catalogue_of(language)):
            values = link_values(sender, link, terms.photos, call.now + terms.lifetime)
        values["language"] = language
        values["first_name"] = person.first_name or person.last_name
        values["own_link"] = f"{base}/me/{PREVIEW}"
        envelope = Envelope(to=person.email, message_id=message_id(PREVIEW, settings), at=call.now)
        try:
            message = compose(INVITATION, envelope, settings, values)
        except EmailFailed as failure:
            raise Conflict(said(str(failure))) from failure
        return api.EmailPreview(
            to=str(message["To"]),
            sender=str(message["From"]),
            subject=str(message["Subject"]),
            text=_body(message, "plain"),
            html=_body(message, "html"),
        )

    @handles(api.list_campaigns, Pool.READ)
    def list_all(self, call: Call, request: Nothing) -> api.Campaigns:
        """All campaigns, the newest first."""
        query = select(Campaign, Operator.name).outerjoin(
            Operator, Operator.id == Campaign.created_by
        )
        with call.read() as tx:
            found = tx.execute(query.order_by(Campaign.created_at.desc(), Campaign.id.desc()))
            return api.Campaigns(rows=[_row(row, name or "") for row, name in found])


class _Chosen:
    """Who is meant, in the order of names, and who of them gets no link."""

    def __init__(self, tx: ReadTx, choice: api.Choice) -> None:
        """Raises Invalid."""
        lines = list_keys(choice.whom.listed) if choice.whom.listed is not None else []
        whom, allowed = _whom(choice.whom, lines), _allowed(choice)
        everybody = candidates(tx, today_at_site(tx), whole=True).values()
        self.people = [person for person in everybody if whom.means(person, tx.now)]
        self.invited: list[Candidate] = []
        self.left_out: list[tuple[Candidate, LeftOut]] = []
        for person in self.people:
            reason = left_out(person, allowed)
            if reason is None:
                self.invited.append(person)
            else:
                self.left_out.append((person, reason))
        on_paper = choice.delivery.on_paper
        self.by_email = [person for person in self.invited if not on_paper(person.email)]
        known = {key for person in everybody for key in keys_of(person)} if lines else set()
        self.unknown = unknown_lines(lines, known)


def _whom(whom: api.Whom, lines: list[frozenset[str]]) -> Whom:
    if not 1 <= whom.months <= OLDEST_MONTHS:
        raise Invalid("months", tr("Choose between 1 and {most} months.", most=OLDEST_MONTHS))
    return Whom(
        departments=(whom.department,) if whom.department else (),
        groups=frozenset({whom.group_id} if whom.group_id else ()),
        newest=frozenset(whom.newest),
        needs=frozenset(whom.needs),
        months=whom.months,
        listed=frozenset().union(*lines) if whom.listed is not None else None,
    )


def _allowed(choice: api.Choice) -> Allowed:
    """Whoever is to be enrolled again is enrolled already."""
    again = not {Need.OLD_TEMPLATE, Need.OFTEN_FAILS}.isdisjoint(choice.whom.needs)
    return Allowed(
        enrolled=choice.enrolled or again,
        with_link=choice.with_link,
        no_email=choice.delivery is not Delivery.EMAIL,
    )


def _row(row: Campaign, created_by: str) -> api.CampaignRow:
    return api.CampaignRow(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        created_by=created_by,
        terms=terms_of(row),
        left_out=row.left_out,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
