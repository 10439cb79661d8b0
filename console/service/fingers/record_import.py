"""Fingers that come in records of ISO 19794-2 and ANSI 378, made by other programs. TE30.

The same holds as for scans: consent first, and nobody gets the finger of somebody else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from console.api.fingers import MOST_RECORD_BYTES
from console.biometrics.fingers.record_templates import packed, templates_of_record
from console.biometrics.fingers.records import FingerRecord, RecordError, read_record
from console.biometrics.fingers.templates import MinutiaeTemplate
from console.domain.consent import FINGER
from console.domain.errors import Conflict, Invalid
from console.domain.fingers import FingerPosition
from console.domain.kept_texts import said
from console.domain.language import tr
from console.service.fingers.enrolment import CERTAIN_LOG10, FingerEnrolments, ask_worker
from console.service.fingers.records import FingerRecords, key_of, parse_key
from console.store.database import Store
from console.store.queries.enrolments import consent_in_force
from console.store.schema import Employee, Finger

UNKNOWN = 0
"""The position of a record that does not say which finger it is."""


class ImportOutcome(StrEnum):
    """What became of one finger of a record."""

    SAVED = "saved"
    POOR = "poor"
    ENROLLED = "enrolled"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class RecordFinger:
    """One finger of a record. whose: the employee whose finger it is already, for DUPLICATE."""

    position: FingerPosition
    prints: int
    outcome: ImportOutcome
    whose: str = ""


class RecordImports:
    """Takes fingers out of records. Blocking; thread-safe."""

    def __init__(self, store: Store, records: FingerRecords, enrolments: FingerEnrolments) -> None:
        self._store, self._records, self._enrolments = store, records, enrolments

    def add(
        self, operator_id: str, employee: Employee, data: bytes, position: int
    ) -> list[RecordFinger]:
        """Saves each finger that this person has not enrolled yet.

        position: of a finger for which the record tells none; 0 if nobody has said it. Raises
        NotFound, Conflict (not active, no consent), Invalid.
        """
        self._enrolments.check_enrollable(employee.id)
        record = _checked(data)
        try:
            found = templates_of_record(record)
        except RecordError as error:
            raise Invalid("data", said(str(error))) from error
        if UNKNOWN in found:
            found = _placed(found, position)
        return list(self._add_all(operator_id, employee.id, record, found))

    def _add_all(
        self,
        operator_id: str,
        employee_id: str,
        record: FingerRecord,
        found: dict[int, list[MinutiaeTemplate]],
    ) -> Iterator[RecordFinger]:
        for number, prints in sorted(found.items()):
            position = FingerPosition(number)
            outcome, whose = ImportOutcome.POOR, ""
            if prints:
                whose = self._whose(employee_id, position, packed(prints))
                outcome = ImportOutcome.DUPLICATE
            if prints and not whose:
                outcome = self._save(operator_id, employee_id, position, prints, record)
            yield RecordFinger(position, len(prints), outcome, whose)

    def _whose(self, employee_id: str, position: FingerPosition, templates: list[bytes]) -> str:
        """The employee who has this finger already under another name or position, or ""."""
        key = key_of(employee_id, position)
        found = ask_worker(lambda: self._records.pipeline.duplicates(key, templates)).matches
        certain = (match for match in found if match.search_log10_fmr <= CERTAIN_LOG10)
        first = next(certain, None)
        return parse_key(first.key)[0] if first else ""

    def _save(
        self,
        operator_id: str,
        employee_id: str,
        position: FingerPosition,
        prints: list[MinutiaeTemplate],
        record: FingerRecord,
    ) -> ImportOutcome:
        with self._store.write(operator_id) as tx:
            if consent_in_force(tx, employee_id, FINGER) is None:
                raise Conflict(tr("The consent was withdrawn meanwhile."))
            row = Finger(
                employee_id=employee_id,
                position=int(position),
                quality=sorted(one.quality for one in prints)[len(prints) // 2],
                scans=len(prints),
                reader=f"a file of {record.standard.value}",
                taken_by=operator_id,
                taken_at=tx.now,
            )
            if self._records.holds(tx, row):
                return ImportOutcome.ENROLLED
            self._records.add(tx, row, packed(prints))
            tx.audit(
                "finger.imported",
                employee_id,
                position=int(position),
                standard=record.standard.value,
                repaired=record.repaired,
            )
        return ImportOutcome.SAVED


def _checked(data: bytes) -> FingerRecord:
    if len(data) > MOST_RECORD_BYTES:
        raise Invalid("data", tr("This is not a record of fingers: it is too large."))
    try:
        record = read_record(data)
    except RecordError as error:
        raise Invalid("data", said(str(error))) from error
    if not record.views:
        raise Invalid("data", tr("This record holds no finger."))
    return record


def _placed(
    found: dict[int, list[MinutiaeTemplate]], position: int
) -> dict[int, list[MinutiaeTemplate]]:
    """Prints of an unknown finger are of the one that somebody named."""
    if position not in set(FingerPosition):
        raise Invalid(
            "position", tr("The record does not say which finger it is. Choose the finger.")
        )
    if position in found:
        raise Invalid(
            "position", tr("The record holds this finger, and one that it does not name.")
        )
    return {(position if number == UNKNOWN else number): some for number, some in found.items()}
