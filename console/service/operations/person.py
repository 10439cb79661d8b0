"""One person as a whole, read in a few statements."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from console.api import person as api
from console.api.backups import list_backups
from console.api.logins import LoginRow
from console.api.operation import WATCH, ById
from console.api.review import picture
from console.domain.audit_words import act_in_words
from console.domain.consent import language_name
from console.domain.fingers import ON_TERMINALS, FingerPosition
from console.domain.id_photos import NOT_COMPARED
from console.domain.language import labelled, msgid, tr, tr_count
from console.domain.operators import Role
from console.domain.validity import Standing
from console.service.operations.dispatch import Call, handles
from console.service.operations.employee_rows import employee_row
from console.service.operations.invitations import email_words
from console.service.operations.login_rows import login_row, shown_logins
from console.service.operations.person_health import health_for
from console.service.operations.person_places import backups_of, places_of
from console.service.people.employees import find_employee
from console.service.pools import Pool
from console.store.queries.asked_again import answer_by
from console.store.queries.statuses import status_texts
from console.store.schema import (
    Audit,
    Consent,
    Employee,
    EmployeeGroup,
    EmployeeImport,
    Enrolment,
    Finger,
    FingerBlob,
    GroupMember,
    IdPhoto,
    ImportedEmployee,
    Invitation,
    Login,
    Operator,
    Photo,
    Terminal,
)
from console.store.unit_of_work import ReadTx

SEE_CHANGES = frozenset({Role.ADMIN, Role.AUDITOR})
"""Roles that see who did what to a person."""
LATEST = 10
"""Logins and invitations that are shown; the login log has all."""
CHANGES_SHOWN = 50
_MODALITIES = {
    "face": msgid("Face"),
    "finger": msgid("Fingers"),
    "finger_stated": msgid("Fingers of terminals"),
}
_CHANNELS = {
    "link": msgid("by link"),
    "desk": msgid("at the desk"),
    "statement": msgid("stated by an operator"),
}


class PersonOperations:
    """What operators may know of one person."""

    def __init__(self, model: Callable[[], str]) -> None:
        """model: the recogniser in use."""
        self._model = model

    @handles(api.read_person, Pool.READ)
    def read(self, call: Call, request: ById) -> api.Person:
        """Everything that the operator's role permits. Raises NotFound."""
        role = call.operator.role
        with call.read() as tx:
            employee = find_employee(tx, request.id)
            row = employee_row(tx, employee, role)
            face, fingers, blobs = _templates(tx, employee.id)
            invitations = _invitations(tx, employee.id)
            names = _operators(tx)
            return api.Person(
                employee=row,
                groups=_groups(tx, employee.id),
                earlier_numbers=_earlier_numbers(tx, employee.id),
                health=health_for(
                    tx,
                    employee,
                    row.standing,
                    row.status,
                    (face, fingers, [blob for blob, _ in blobs]),
                    self._model(),
                ),
                templates=_template_rows(face, fingers, blobs, names),
                places=[
                    *places_of(
                        tx,
                        employee,
                        [blob for blob, _ in blobs],
                        for_kiosks=bool(face or fingers) and row.standing is Standing.IN_FORCE,
                        ever=bool(fingers) or _was_enrolled(tx, employee.id),
                    ),
                    *(backups_of(tx, employee) if role in list_backups.roles else ()),
                ],
                consents=_consents(tx, employee.id),
                opted_out=_opted_out(employee, names),
                answer_by=answer_by(tx, employee.id),
                id_photo=_id_photo(tx, employee.id),
                has_badge=employee.badge_mark is not None,
                invitations=_invitation_rows(tx, invitations, names),
                photo_id=face.id if face and role in picture.roles else None,
                logins=_logins(tx, employee.id) if role in WATCH else None,
                changes=_changes(tx, employee.id, names) if role in SEE_CHANGES else None,
            )


def _templates(
    tx: ReadTx, employee_id: str
) -> tuple[Enrolment | None, list[Finger], list[tuple[FingerBlob, str]]]:
    """The face in force, fingers, and templates of terminals with the name of their terminal."""
    face = select(Enrolment).where(Enrolment.live, Enrolment.employee_id == employee_id)
    fingers = select(Finger).where(Finger.employee_id == employee_id).order_by(Finger.position)
    blobs = (
        select(FingerBlob, Terminal.name)
        .join(Terminal, Terminal.id == FingerBlob.terminal_id)
        .where(FingerBlob.employee_id == employee_id, FingerBlob.removed_at.is_(None))
        .order_by(FingerBlob.algorithm, FingerBlob.finger)
    )
    found = [(blob, name) for blob, name in tx.execute(blobs)]
    return tx.scalar(face), list(tx.scalars(fingers)), found


def _was_enrolled(tx: ReadTx, employee_id: str) -> bool:
    """Whether there ever was a face, in force or not."""
    query = select(Enrolment.id).where(Enrolment.employee_id == employee_id)
    return tx.scalar(query.limit(1)) is not None


def _template_rows(
    face: Enrolment | None,
    fingers: Sequence[Finger],
    blobs: Sequence[tuple[FingerBlob, str]],
    names: Mapping[str, str],
) -> list[api.TemplateRow]:
    rows = []
    if face is not None:
        rows.append(
            api.TemplateRow(
                what=tr("Face"),
                detail=tr_count("from {count} photo", "from {count} photos", face.photos),
                at=face.approved_at,
                by=names.get(face.approved_by, face.approved_by),
            )
        )
    for finger in fingers:
        words = tr(FingerPosition(finger.position).words).capitalize()
        quality = tr("quality {quality} of 100", quality=finger.quality)
        detail = f"{quality} · {finger.reader}"
        rows.append(
            api.TemplateRow(what=words, detail=detail, at=finger.taken_at, by=finger.taken_by)
        )
    for blob, terminal in blobs:
        words = tr(ON_TERMINALS[blob.finger].words).capitalize()
        detail = tr("made by {terminal}, for terminals of its kind", terminal=terminal)
        rows.append(api.TemplateRow(what=words, detail=detail, at=blob.taken_at, by=blob.taken_by))
    return rows


def _consents(tx: ReadTx, employee_id: str) -> list[api.ConsentRow]:
    query = select(Consent).where(Consent.employee_id == employee_id)
    return [
        api.ConsentRow(
            what=tr(_MODALITIES.get(row.modality, row.modality)),
            how=_how(row),
            version=row.text_version,
            language=language_name(row.language),
            given_at=row.given_at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in tx.scalars(query.order_by(Consent.given_at.desc()))
    ]


def _id_photo(tx: ReadTx, employee_id: str) -> api.PersonIdPhoto | None:
    row = tx.scalar(select(IdPhoto).where(IdPhoto.employee_id == employee_id))
    if row is None:
        return None
    return api.PersonIdPhoto(added_at=row.added_at, problem=tr(NOT_COMPARED.get(row.state, "")))


def _opted_out(employee: Employee, names: Mapping[str, str]) -> api.OptedOut | None:
    if employee.opted_out_at is None:
        return None
    return api.OptedOut(at=employee.opted_out_at, by=names.get(employee.opted_out_by, ""))


def _how(row: Consent) -> str:
    """Where it was given. What a browser says of itself tells nobody anything."""
    channel = tr(_CHANNELS.get(row.channel, row.channel))
    where = row.user_agent if row.channel != "link" else ""
    return labelled(channel, where) if where else channel


def _invitations(tx: ReadTx, employee_id: str) -> list[Invitation]:
    query = select(Invitation).where(Invitation.employee_id == employee_id)
    return list(tx.scalars(query.order_by(Invitation.created_at.desc()).limit(LATEST)))


def _invitation_rows(
    tx: ReadTx, rows: list[Invitation], names: Mapping[str, str]
) -> list[api.PersonInvitation]:
    texts, emails = status_texts(tx, rows), email_words(tx, [row.id for row in rows])
    return [
        api.PersonInvitation(
            id=row.id,
            channel=tr(_CHANNELS.get(row.channel, row.channel)),
            status=row.status,
            status_text=texts[row.id],
            email=emails.get(row.id, ""),
            by=names.get(row.created_by, row.created_by),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


def _logins(tx: ReadTx, employee_id: str) -> list[LoginRow]:
    query = shown_logins().where(Login.employee_id == employee_id)
    newest = query.order_by(Login.at.desc(), Login.id.desc()).limit(LATEST)
    return [login_row(row) for row in tx.execute(newest)]


def _changes(tx: ReadTx, employee_id: str, names: Mapping[str, str]) -> list[api.ChangeRow]:
    """What was done to the person, their invitations and their photos, the newest first."""
    theirs = [
        employee_id,
        *tx.scalars(select(Employee.id).where(Employee.merged_into == employee_id)),
        *tx.scalars(select(Invitation.id).where(Invitation.employee_id == employee_id)),
        *tx.scalars(select(Enrolment.id).where(Enrolment.employee_id == employee_id)),
        *tx.scalars(select(Photo.id).where(Photo.employee_id == employee_id)),
        *tx.scalars(select(IdPhoto.id).where(IdPhoto.employee_id == employee_id)),
    ]
    columns = select(Audit.at, Audit.actor, Audit.action, Audit.detail)
    query = columns.where(Audit.object_id.in_(theirs)).order_by(Audit.seq.desc())
    rows = [
        api.ChangeRow(at=at, by=names.get(actor, ""), what=act_in_words(action, detail))
        for at, actor, action, detail in tx.execute(query.limit(CHANGES_SHOWN))
    ]
    return sorted([*rows, *_imports(tx, employee_id)], key=lambda row: row.at, reverse=True)


def _imports(tx: ReadTx, employee_id: str) -> list[api.ChangeRow]:
    """Imports that wrote the person, as long as they can be undone."""
    query = (
        select(EmployeeImport.imported_at, EmployeeImport.imported_by, ImportedEmployee.before)
        .join(ImportedEmployee, ImportedEmployee.import_id == EmployeeImport.id)
        .where(ImportedEmployee.employee_id == employee_id)
    )
    changed, added = tr("Changed by an import"), tr("Added by an import")
    return [
        api.ChangeRow(at=at, by=by, what=changed if before else added)
        for at, by, before in tx.execute(query)
    ]


def _groups(tx: ReadTx, employee_id: str) -> list[str]:
    query = select(EmployeeGroup.name).join(GroupMember, GroupMember.group_id == EmployeeGroup.id)
    mine = query.where(GroupMember.employee_id == employee_id)
    return list(tx.scalars(mine.order_by(EmployeeGroup.name)))


def _earlier_numbers(tx: ReadTx, employee_id: str) -> list[str]:
    query = select(Employee.number).where(Employee.merged_into == employee_id)
    return list(tx.scalars(query.order_by(Employee.number)))


def _operators(tx: ReadTx) -> dict[str, str]:
    """Operator id -> name."""
    return dict(tx.execute(select(Operator.id, Operator.name)).all())
