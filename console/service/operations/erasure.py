"""Erasing people, receipts, legal holds, and what is kept of one person."""

import msgspec
from sqlalchemy import case, func, select

from console.api import erasure as api
from console.api.operation import ById, Nothing
from console.domain.erasure import ErasureState, needs_second
from console.domain.errors import Invalid, NotFound
from console.domain.language import in_english, tr
from console.service.operations.concerns import Concerned
from console.service.operations.dispatch import Call, handles
from console.service.people import erasure, holds
from console.service.people.access_export import export_person
from console.service.people.data_map import data_places, data_rows
from console.service.people.employees import find_employee
from console.service.people.receipts import issue_receipt
from console.service.pools import Pool
from console.store.queries.erasure import UNDER_WAY, holding_places, places_of, proposed_people
from console.store.queries.people import count_admins, full_name
from console.store.schema import Employee, Erasure, Kiosk, LegalHold, Operator

SHOWN = 500
"""Erasures of a list."""


class ErasureOperations:
    """What administrators and auditors do about the data of one person, or of many."""

    def __init__(self, concerned: Concerned) -> None:
        self._concerned = concerned

    @handles(api.look_at_erase, Pool.READ)
    def look(self, call: Call, request: api.WhoToErase) -> api.ErasureLook:
        """What an erasure of these people would do. Raises Invalid, NotFound, Conflict."""
        ids = list(dict.fromkeys(request.employee_ids))
        with call.read() as tx:
            people = erasure.people_to_erase(tx, ids)
            held = select(LegalHold.employee_id).where(LegalHold.employee_id.in_(ids))
            on_hold = set(tx.scalars(held))
            accounts = select(Operator.username).where(Operator.employee_id.in_(ids))
            alone = len(people) == 1
            return api.ErasureLook(
                people=len(people),
                name=full_name(people[0]) if alone else "",
                rows=data_rows(tx, ids),
                places=data_places(tx, ids[0]) if alone else [],
                held=[full_name(one) for one in people if one.id in on_hold],
                operators=list(tx.scalars(accounts)),
                second=needs_second(len(people), count_admins(tx)),
            )

    @handles(api.erase, Pool.WRITE)
    def erase(self, call: Call, request: api.Erase) -> api.Asked:
        """Asks for an erasure. Raises NotFound, Invalid, Conflict."""
        with call.write() as tx:
            batch = erasure.ask_to_erase(tx, request.employee_ids, request.confirm)
            people = len(set(request.employee_ids))
            second = needs_second(people, count_admins(tx))
            return api.Asked(batch=batch, people=people, second=second)

    @handles(api.agree, Pool.WRITE)
    def agree(self, call: Call, request: api.Agree) -> Nothing:
        """The second administrator agrees. Raises NotFound, Forbidden, Invalid, Conflict."""
        with call.write() as tx:
            erasure.agree(tx, request.batch, request.confirm)
        return Nothing()

    @handles(api.drop, Pool.WRITE)
    def drop(self, call: Call, request: ById) -> Nothing:
        """What was proposed is not done. Raises NotFound."""
        with call.write() as tx:
            erasure.drop(tx, request.id)
        return Nothing()

    @handles(api.list_erasures, Pool.READ)
    def list_page(self, call: Call, request: api.ListErasures) -> api.Erasures:
        """The newest; those that are not done come first. Raises Invalid for another's concern."""
        done = case((Erasure.state == ErasureState.DONE, 1), else_=0)
        query = (
            select(Erasure, Operator.name)
            .outerjoin(Operator, Operator.id == Erasure.asked_by)
            .order_by(done, Erasure.asked_at.desc(), Erasure.id)
        )
        if request.concern is not None:
            query = query.where(self._concerned.erasures(request.concern, call.operator.id))
        with call.read() as tx:
            ids = query.with_only_columns(Erasure.id).order_by(None).subquery()
            total = tx.scalar(select(func.count()).select_from(ids)) or 0
            found = tx.execute(query.limit(SHOWN)).all()
            holding = holding_places(tx, [row for row, _ in found])
            proposed = proposed_people(tx, {row.batch for row, _ in found})
            rows = [
                _row(row, name, holding.get(row.id, 0), proposed.get(row.batch, 0))
                for row, name in found
            ]
        return api.Erasures(rows=rows, total=total)

    @handles(api.list_places, Pool.READ)
    def list_places(self, call: Call, request: ById) -> api.Places:
        """Where somebody erased was, and what of it has shown that it is over. Raises NotFound."""
        with call.read() as tx:
            row = tx.get(Erasure, request.id)
            if row is None:
                raise NotFound(tr("This erasure no longer exists."))
            places = erasure.kept_places(row, places_of(tx, row))
        return api.Places(rows=[msgspec.convert(one, api.PlaceRow) for one in places])

    @handles(api.receipt, Pool.WRITE)
    def receipt(self, call: Call, request: ById) -> api.SignedReceipt:
        """What became of an erasure until now, signed. Raises NotFound."""
        with call.write() as tx:
            receipt = issue_receipt(tx, request.id)
            tx.audit("erasure.receipt", request.id)
        return receipt

    @handles(api.kiosk_is_gone, Pool.WRITE)
    def kiosk_is_gone(self, call: Call, request: api.PlaceIsGone) -> Nothing:
        """Nothing shows that its computer holds nobody; receipts say so. Raises Invalid."""
        with call.write() as tx:
            row = tx.get(Kiosk, request.kiosk_id)
            if row is None or request.confirm.strip() != row.name:
                name = row.name if row is not None else ""
                raise Invalid(
                    "confirm", tr("Type the kiosk’s name, “{name}”, to confirm.", name=name)
                )
            row.gone_at = tx.now
            row.removed_at = row.removed_at or tx.now
            row.token_hash, row.pairing_hash = "", ""
            tx.audit("kiosk.declared_gone", row.id)
            tx.demand(erasure.JOB)
            tx.changed("kiosks", row.id)
            tx.changed("erasures")
        return Nothing()

    @handles(api.hold, Pool.WRITE)
    def hold(self, call: Call, request: api.Hold) -> api.HoldState:
        """Places a legal hold, or ends it. Raises NotFound, Invalid."""
        with call.write() as tx:
            person = find_employee(tx, request.employee_id)
            return holds.set_hold(tx, person, request.reason)

    @handles(api.get_hold, Pool.READ)
    def get_hold(self, call: Call, request: ById) -> api.HoldState:
        """Whether somebody is on legal hold. Raises NotFound."""
        with call.read() as tx:
            return holds.hold_state(tx, find_employee(tx, request.id).id)

    @handles(api.export_person, Pool.WORKER)
    def export_person(self, call: Call, request: ById) -> api.PersonFile:
        """Everything that is kept of one person. Audited. Raises NotFound."""
        with call.write() as tx:
            person: Employee = find_employee(tx, request.id)
            tx.audit("person.exported", person.id)
        with call.read() as tx:
            person = find_employee(tx, request.id)
            with in_english():  # a document for the person, whoever hands it out
                data = export_person(tx, person)
        return api.PersonFile(data=data, name=f"muster-{person.number}.zip")


def _row(row: Erasure, name: str | None, holding: int, proposed: int) -> api.ErasureRow:
    return api.ErasureRow(
        id=row.id,
        batch=row.batch,
        proposed=proposed,
        state=row.state,
        asked_by=name or "",
        asked_at=row.asked_at,
        done_at=row.done_at,
        holding=holding,
        since=row.purged_at if row.state in UNDER_WAY else None,
    )
