"""What kiosks ask: pairing, the list of employees, one person, references, upload of logins."""

from sqlalchemy import select

from console.api import kiosk_link as api
from console.domain.badges import badge_mark
from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.validity import Standing, Validity, standing
from console.service.enrolment.face_gallery import FaceGallery, open_template
from console.service.kiosks.registry import (
    KioskCallers,
    find_kiosk,
    group_settings,
    is_news,
    pair_kiosk,
    settings_of,
)
from console.service.kiosks.roster import KioskRoster, entries_of
from console.service.kiosks.uploads import store_logins
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool, Pools
from console.service.portions import in_batches
from console.service.settings import load_badge_key, load_rotation, load_settings
from console.store.queries.fingers import EXTRACTOR, open_finger_templates
from console.store.schema import Employee, Enrolment, Finger
from console.store.unit_of_work import ReadTx

OPENED_IN_TURN = 20
"""People whose templates are opened before whoever waits for an answer comes first."""


class KioskLinkOperations:
    """The calls of kiosks; dispatch has found out which one calls before."""

    def __init__(
        self, roster: KioskRoster, gallery: FaceGallery, kiosks: KioskCallers, pools: Pools
    ) -> None:
        self._roster, self._gallery, self._kiosks = roster, gallery, kiosks
        self._pools = pools

    @handles(api.pair, Pool.WRITE)
    def pair(self, call: Call, request: api.Pair) -> api.Paired:
        """Pairs a kiosk by the code that the console showed. Raises Invalid."""
        with call.write() as tx:
            row, token = pair_kiosk(tx, request.code)
            return api.Paired(token=token, name=row.name)

    @handles(api.sync, Pool.BULK)
    def sync(self, call: Call, request: api.Sync) -> api.Synced:
        """The kiosk says how it is, and gets its settings and the list when that has changed."""
        roster, gallery = self._roster.read(), self._gallery
        list_at = roster.as_of if roster.digest == request.roster else None
        with call.read() as tx:
            row = find_kiosk(tx, call.kiosk.id)
            news = is_news(row, request.state, list_at, call.now)
            model = api.FaceModel(
                id=gallery.model,
                dimension=gallery.dimension,
                rotation=load_rotation(tx),
                tables={photos: list(table) for photos, table in gallery.tables.items()},
            )
            answer = api.Synced(
                site=load_settings(tx).site,
                name=row.name,
                settings=settings_of(row, group_settings(tx)),
                now=call.now,
                roster=roster.digest,
                entries=None if roster.digest == request.roster else roster.entries,
                face_model=model,
                badge_key=load_badge_key(tx),
            )
        if news:
            noted = call.kiosk.id, request.state, list_at
            self._pools.start(Pool.TERMINAL, self._kiosks.note_state, *noted)
        return answer

    @handles(api.check, Pool.READ)
    def check(self, call: Call, request: api.Check) -> api.Checked:
        """One person by number, id or badge, with the reference of whoever may log in now."""
        with call.read() as tx:
            employee = _asked_about(tx, request)
            if employee is None:
                return api.Checked(entry=None, reference=None)
            entry = entries_of(tx, employee.id)[0]
            valid = Validity(entry.begins, entry.ends)
            now_is = standing(entry.active, entry.may_log_in, valid, call.now)
            may_come = now_is is Standing.IN_FORCE
            found = self._references(tx, [employee.id]) if may_come else []
            return api.Checked(entry=entry, reference=found[0] if found else None)

    @handles(api.references, Pool.BULK)
    def references(self, call: Call, request: api.References) -> api.ReferenceList:
        """The references of some employees, as far as they are in force. Raises Invalid."""
        if len(request.employee_ids) > api.MOST_AT_ONCE:
            raise Invalid("employee_ids", tr("At most {most} at once.", most=api.MOST_AT_ONCE))
        query = select(Employee.id).where(Employee.id.in_(request.employee_ids), Employee.in_force)
        found: list[api.Reference] = []
        with call.read() as tx:
            for some in in_batches(tx.scalars(query).all(), OPENED_IN_TURN):
                found += self._references(tx, some)
                self._pools.give_way()
        return api.ReferenceList(references=found)

    def _references(self, tx: ReadTx, employee_ids: list[str]) -> list[api.Reference]:
        """In the order of the ids."""
        tx.load_keys(employee_ids)
        faces = select(Enrolment.employee_id, Enrolment.id, Enrolment.template, Enrolment.photos)
        faces = faces.where(
            Enrolment.live,
            Enrolment.employee_id.in_(employee_ids),
            Enrolment.model == self._gallery.model,
        )
        face_of = {
            owner: (open_template(tx, owner, row_id, template).tobytes(), photos)
            for owner, row_id, template, photos in tx.execute(faces)
        }
        fingers = select(Finger.employee_id, Finger.id, Finger.position, Finger.templates)
        fingers = fingers.where(Finger.employee_id.in_(employee_ids), Finger.extractor == EXTRACTOR)
        fingers_of: dict[str, dict[int, list[bytes]]] = {}
        for owner, row_id, position, templates in tx.execute(fingers):
            opened = open_finger_templates(tx, owner, row_id, templates)
            fingers_of.setdefault(owner, {})[position] = opened
        return [
            api.Reference(
                employee_id=one,
                face=face_of.get(one, (b"", 0))[0],
                photos=face_of.get(one, (b"", 0))[1],
                fingers=fingers_of.get(one, {}),
            )
            for one in employee_ids
        ]

    @handles(api.upload, Pool.TERMINAL)
    def upload(self, call: Call, request: api.Upload) -> api.Uploaded:
        """Keeps logins, each once. Raises Invalid."""
        if len(request.logins) > api.MOST_AT_ONCE:
            raise Invalid("logins", tr("At most {most} at once.", most=api.MOST_AT_ONCE))
        with call.write() as tx:
            return api.Uploaded(ids=store_logins(tx, call.kiosk.id, request.logins))


def _asked_about(tx: ReadTx, request: api.Check) -> Employee | None:
    """What is nobody's badge may be a number."""
    here = select(Employee).where(~Employee.erased)
    number = request.number.strip()
    if request.badge:
        mark = badge_mark(load_badge_key(tx), request.badge)
        found = tx.scalar(here.where(Employee.badge_mark == mark)) if mark else None
        if found is not None:
            return found
        number = request.badge.strip()
    wanted = Employee.number == number if number else Employee.id == request.employee_id
    return tx.scalar(here.where(wanted))
