"""The first page: what waits, who is stuck, what is broken, what ends soon. CO19.

Each source is read by itself: one that fails is named, and hides no other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

import structlog

from console.api import today as api
from console.api.operation import Nothing
from console.domain.funnel import Why
from console.domain.kept_texts import said
from console.domain.kiosks import ONLINE_WITHIN
from console.domain.language import tr
from console.domain.today import (
    DAYS_AHEAD,
    KINDS,
    LINKS_WITHIN,
    Concern,
    Source,
    sources_for,
)
from console.domain.updates import Stage
from console.domain.validity import midnight
from console.domain.zones import zone_of
from console.service.backups.checkpoints import Checkpoints
from console.service.enrolment.invitations import today_at_site
from console.service.operations.concerns import Concerned
from console.service.operations.dispatch import Call, handles
from console.service.operations.site import backup_problem
from console.service.operations.today_lines import certificate_line, terminal_lines
from console.service.outbox import Mailer
from console.service.pools import Pool
from console.service.settings import site_zone
from console.service.tools import Tools
from console.service.updates.book import load_updates
from console.store.backup.book import load_book
from console.store.queries import today as counts
from console.store.schema import Employee, Erasure, Invitation
from console.store.unit_of_work import ReadTx

log = structlog.get_logger()
Lines = Iterable[api.Line]
Read = Callable[[Call, ReadTx], Lines]


class NotKnownYet(Exception):
    """The service has just started, and has not looked yet."""


class TodayOperations:
    """Reads what an operator is told first."""

    def __init__(
        self, *, tools: Tools, concerned: Concerned, mailer: Mailer, checkpoints: Checkpoints
    ) -> None:
        self._tools, self._concerned, self._mailer = tools, concerned, mailer
        self._checkpoints = checkpoints
        self._reads: dict[Source, Read] = {
            Source.INVITATIONS: _invitations,
            Source.EMPLOYEES: _employees,
            Source.CONSENTS: _consents,
            Source.ERASURES: _erasures,
            Source.TERMINALS: lambda _call, tx: terminal_lines(counts.terminal_states(tx), tx.now),
            Source.PLACEMENTS: _placements,
            Source.KIOSKS: _kiosks,
            Source.EMAIL: self._email,
            Source.JOBS: self._failing_jobs,
            Source.BACKUPS: _backups,
            Source.AUDIT: self._audit,
            Source.CERTIFICATES: self._certificates,
            Source.UPDATES: _updates,
        }

    @handles(api.today, Pool.READ)
    def today(self, call: Call, request: Nothing) -> api.Today:
        """What there is for the caller's role; nothing that it may not know of."""
        role, lines, unread = call.operator.role, [], []
        for source in sources_for(role):
            try:
                with call.read() as tx:
                    lines += list(self._reads[source](call, tx))
            except Exception as error:  # whatever it is, the page says that this is not known
                log.exception("today_unread", source=source, error=type(error).__name__)
                unread.append(source)
        order = list(Concern)
        told = [one for one in lines if one.count and role in KINDS[one.concern].roles]
        told.sort(key=lambda one: order.index(one.concern))
        return api.Today(now=call.now, lines=told, unread=unread)

    def _email(self, _call: Call, tx: ReadTx) -> Lines:
        trouble = self._mailer.trouble
        if trouble is None:
            return []
        waiting, concern = counts.queued_emails(tx), Concern.EMAIL_PAUSES
        detail = said(trouble.text)
        return [api.Line(concern=concern, count=waiting, at=trouble.since, detail=detail)]

    def _failing_jobs(self, call: Call, tx: ReadTx) -> Lines:
        screening, id_photos = Concern.SCREENING_FAILS, Concern.ID_PHOTO_FAILS
        invited = self._concerned.invitations(tx, screening)
        people = self._concerned.employees(tx, id_photos)
        erasures = self._concerned.erasures(Concern.ERASING_FAILS, call.operator.id)
        return [
            _told(screening, counts.how_many(tx, Invitation.id, invited)),
            _told(id_photos, counts.how_many(tx, Employee.id, people)),
            _told(Concern.ERASING_FAILS, counts.how_many(tx, Erasure.id, erasures)),
        ]

    def _audit(self, _call: Call, _tx: ReadTx) -> Lines:
        if not self._checkpoints.looked:
            raise NotKnownYet
        problem = said(self._checkpoints.problem)
        return [api.Line(concern=Concern.CHECKPOINTS, count=int(bool(problem)), detail=problem)]

    def _certificates(self, call: Call, _tx: ReadTx) -> Lines:
        used = {
            tr("Portal and kiosks"): self._tools.portal_certificate,
            tr("Terminals"): self._tools.push_certificate,
        }
        return [certificate_line(used, call.now)]


def _told(concern: Concern, tally: counts.Tally) -> api.Line:
    return api.Line(concern=concern, count=tally.count, at=tally.at)


def _invitations(call: Call, tx: ReadTx) -> Iterator[api.Line]:
    others, own = counts.review_tally(tx, call.operator.employee_id)
    yield _told(Concern.REVIEW, others)
    yield _told(Concern.OWN_PHOTOS, own)
    for concern, why in STUCK.items():
        yield _told(concern, counts.stuck_tally(tx, why))
    yield _told(Concern.LINKS, counts.ending_links(tx, tx.now + LINKS_WITHIN))


STUCK = {
    Concern.NEEDS_HELP: Why.NEEDS_HELP,
    Concern.EMAIL_FAILED: Why.EMAIL_FAILED,
    Concern.LOCKED: Why.LOCKED,
}
"""Who is stuck, and by which reason the list of invitations shows them."""


def _employees(_call: Call, tx: ReadTx) -> Lines:
    first, zone = today_at_site(tx), zone_of(site_zone(tx))
    count, day = counts.last_days(tx, first, first + timedelta(days=DAYS_AHEAD))
    ends = midnight(zone, day + timedelta(days=1)) if day is not None else None
    return [api.Line(concern=Concern.LAST_DAYS, count=count, at=ends)]


def _consents(_call: Call, tx: ReadTx) -> Lines:
    return [_told(Concern.ANSWERS, counts.due_answers(tx, tx.now + timedelta(days=DAYS_AHEAD)))]


def _erasures(call: Call, tx: ReadTx) -> Lines:
    return [_told(Concern.ERASURE, counts.proposed_erasures(tx, call.operator.id))]


def _placements(_call: Call, tx: ReadTx) -> Lines:
    return [_told(Concern.NOT_BROUGHT, counts.failing_terminals(tx))]


def _kiosks(_call: Call, tx: ReadTx) -> Lines:
    return [_told(Concern.KIOSK_OFFLINE, counts.silent_kiosks(tx, tx.now - ONLINE_WITHIN))]


def _backups(_call: Call, tx: ReadTx) -> Sequence[api.Line]:
    problem = backup_problem(tx)
    count, newest = int(bool(problem)), load_book(tx).newest
    return [api.Line(concern=Concern.BACKUPS, count=count, at=newest, detail=problem)]


def _updates(_call: Call, tx: ReadTx) -> Sequence[api.Line]:
    kept = load_updates(tx)
    problem, found = said(kept.problem or kept.outcome), kept.found
    version = f"Muster {found.version}" if found is not None else ""
    waits = kept.stage in (Stage.FOUND, Stage.READY)
    return [
        api.Line(concern=Concern.UPDATE, count=int(waits), detail=version),
        api.Line(concern=Concern.UPDATE_FAILS, count=int(bool(problem)), detail=problem),
    ]
