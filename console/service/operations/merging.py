"""Two rows that are one person: shown side by side, and merged."""

from functools import partial

from console.api import merging as api
from console.api.employees import EmployeeRow
from console.domain.employees import EmployeeFields
from console.domain.validity import ValidDays
from console.service.enrolment.face_gallery import FaceGallery
from console.service.fingers.records import FingerRecords, key_of
from console.service.operations.dispatch import Call, handles
from console.service.operations.employee_rows import employee_row
from console.service.people import merging
from console.service.people.employees import find_employee
from console.service.pools import Pool
from console.store.unit_of_work import Tx


class MergeOperations:
    """What administrators do with two rows that are one person."""

    def __init__(self, gallery: FaceGallery, records: FingerRecords) -> None:
        self._gallery, self._records = gallery, records

    @handles(api.look_at_merge, Pool.READ)
    def look(self, call: Call, request: api.TwoRows) -> api.MergeLook:
        """What a merge would do. Raises NotFound."""
        role, own = call.operator.role, call.operator.employee_id
        with call.read() as tx:
            keep, gone = find_employee(tx, request.keep_id), find_employee(tx, request.gone_id)
            sides = [
                api.MergeSide(employee=employee_row(tx, row, role), owns=merging.owned(tx, row.id))
                for row in (keep, gone)
            ]
            return api.MergeLook(
                keep=sides[0],
                gone=sides[1],
                notes=merging.notes(tx, keep, gone),
                refusal=merging.refusal(tx, keep, gone, own),
            )

    @handles(api.merge, Pool.WRITE)
    def merge(self, call: Call, request: api.Merge) -> EmployeeRow:
        """Merges. Raises Invalid, NotFound, Conflict, Forbidden."""
        new = request.employee
        fields = EmployeeFields(
            new.number,
            new.first_name,
            new.last_name,
            new.email,
            new.department,
            active=new.active,
            may_log_in=new.may_log_in,
        )
        days = ValidDays(new.valid_from, new.valid_until)
        with call.write() as tx:
            own = call.operator.employee_id
            row, fingers = merging.merge(tx, request.gone_id, new.id, fields, days, own)
            self._tell(tx, request.gone_id, row.id, fingers)
            return employee_row(tx, row, call.operator.role)

    def _tell(self, tx: Tx, gone_id: str, keep_id: str, fingers: merging.MovedFingers) -> None:
        """After the commit, searches know the person under one row alone."""
        for position in fingers.gone:
            forget = self._records.pipeline.remove_finger
            tx.after_commit(partial(forget, key_of(gone_id, position)))
        for position, templates in fingers.kept:
            learn = self._records.pipeline.add_finger
            tx.after_commit(partial(learn, key_of(keep_id, position), templates))
        for employee_id in (gone_id, keep_id):
            tx.after_commit(partial(self._gallery.learn, employee_id))
