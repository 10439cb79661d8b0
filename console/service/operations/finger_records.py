"""Records of fingers that other programs made, as the console hands them in. TE30."""

from sqlalchemy import select

from console.api import fingers as api
from console.domain.errors import NotFound
from console.domain.language import labelled, msgid, tr
from console.service.fingers.record_import import ImportOutcome, RecordFinger, RecordImports
from console.service.operations.dispatch import Call, handles
from console.service.people.employees import find_employee
from console.service.pools import Pool
from console.store.queries.people import full_name
from console.store.schema import Employee
from console.store.unit_of_work import ReadTx

_WORDS = {
    ImportOutcome.SAVED: msgid("enrolled, prints: {prints}"),
    ImportOutcome.POOR: msgid("left out: the prints show too few points"),
    ImportOutcome.ENROLLED: msgid("left out: already enrolled. Delete it first to replace it"),
    ImportOutcome.DUPLICATE: msgid("left out: this finger is already enrolled for {whose}"),
}


class FingerRecordOperations:
    """What comes in files of other programs."""

    def __init__(self, imports: RecordImports) -> None:
        self._imports = imports

    @handles(api.import_record, Pool.WORKER)
    def import_record(self, call: Call, request: api.ImportRecord) -> api.RecordImported:
        """Enrols the fingers of a record. Raises NotFound, Conflict, Invalid, Forbidden."""
        actor = call.enroller.id
        with call.read() as tx:
            person = _whom(tx, request)
        found = self._imports.add(actor, person, request.data, request.position)
        with call.read() as tx:
            rows = [_finger(tx, one) for one in found]
        return api.RecordImported(employee=full_name(person), number=person.number, fingers=rows)


def _whom(tx: ReadTx, request: api.ImportRecord) -> Employee:
    if request.employee_id:
        return find_employee(tx, request.employee_id)
    query = select(Employee).where(Employee.number == request.number, ~Employee.erased)
    person = tx.scalar(query)
    if person is None:
        raise NotFound(tr("No employee has the number “{number}”.", number=request.number[:24]))
    return find_employee(tx, person.id)


def _finger(tx: ReadTx, one: RecordFinger) -> api.ImportedFinger:
    owner = tx.get(Employee, one.whose) if one.whose else None
    whose = f"{full_name(owner)} ({owner.number})" if owner else tr("somebody")
    text = tr(_WORDS[one.outcome], prints=one.prints, whose=whose)
    finger = tr(one.position.words).capitalize()
    return api.ImportedFinger(
        position=int(one.position), outcome=one.outcome, text=labelled(finger, text)
    )
