"""What time itself brings about: links expire, terminals drift, unfinished drafts and records of old jobs go away."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import select

from console.domain.invitations import LINK_USABLE, UPLOADABLE, Event, Status, advance
from console.domain.terminals import TerminalStatus
from console.service.terminals.plans import note_out_of_sync
from console.service.tools import Service
from console.store import audit
from console.store.database import changed
from console.store.schema import Enrolment, Invitation, Photo, Terminal

log = structlog.get_logger()
EVERY_S = 60.0
DRAFTS_KEPT = timedelta(hours=24)
JOB_RECORDS_KEPT = timedelta(days=7)
PHOTOS_KEPT_AFTER_APPROVAL = timedelta(days=30)
"""What the consent text promises; the copy that terminals get is kept with the template."""


class Upkeep:
    """Runs once a minute; each pass is idempotent."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def run(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.once)
            except Exception as error:  # the next pass tries again
                log.exception("upkeep_failed", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    def once(self) -> None:
        now = self._service.clock()
        self._service.jobs.forget(now - JOB_RECORDS_KEPT)
        with self._service.store.write() as session:
            for terminal in session.scalars(
                select(Terminal).where(Terminal.status == TerminalStatus.APPROVED)
            ):
                note_out_of_sync(session, terminal)
            for row in session.scalars(
                select(Invitation).where(
                    Invitation.status.in_(LINK_USABLE), Invitation.expires_at <= now
                )
            ):
                row.status, row.changed_at = advance(row.status, Event.EXPIRE), now
                changed(session, "invitations", row.id)
                changed(session, "employees", row.employee_id)
            keeps_drafts = select(Invitation.id).where(
                Invitation.status.in_((*UPLOADABLE, Status.EXPIRED, Status.REVOKED))
            )
            drafts = select(Photo).join(Invitation, Invitation.id == Photo.invitation_id)
            drafts = drafts.where(
                Photo.created_at <= now - DRAFTS_KEPT,
                Photo.try_no > Invitation.tries,
                Invitation.id.in_(keeps_drafts),
            )
            approved = select(Photo).join(Enrolment, Enrolment.invitation_id == Photo.invitation_id)
            approved = approved.where(Enrolment.approved_at <= now - PHOTOS_KEPT_AFTER_APPROVAL)
            old = [*session.scalars(drafts), *session.scalars(approved)]
            for photo in old:
                session.delete(photo)
            if old:
                audit.record(session, now, "muster", "retention.photos", count=len(old))
