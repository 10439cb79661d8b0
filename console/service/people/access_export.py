"""Everything that is kept of one person, for them: a ZIP with a readable page, JSON and photos.

It says where their data lies and for how long, in plain words. GDPR, articles 15 and 20.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import undefer

from console.domain.consent import FACE, FINGER, language_name
from console.domain.fingers import FingerPosition
from console.domain.funnel import STAGE_LABELS, Stage
from console.domain.logins import DIRECTIONS, method_name
from console.resources import RESOURCES
from console.service.people.data_map import data_places, data_rows
from console.service.people.holds import hold_state
from console.service.settings import load_settings
from console.store.queries.fingers import templates_of
from console.store.queries.people import full_name
from console.store.schema import (
    Consent,
    Employee,
    Enrolment,
    EnrolmentPicture,
    Finger,
    FingerBlob,
    IdPhoto,
    Invitation,
    Kiosk,
    Login,
    Outbox,
    Photo,
    PhotoPicture,
    Terminal,
)
from console.store.unit_of_work import ReadTx

File = tuple[str, bytes]
_WORDS = {FACE: "your face", FINGER: "your fingerprints"}
_PAGES = Environment(
    loader=FileSystemLoader(RESOURCES / "person"), autoescape=True, undefined=StrictUndefined
)
_PAGES.filters["language_name"] = language_name


def export_person(tx: ReadTx, person: Employee) -> bytes:
    """The ZIP. Everything sealed is opened for it."""
    tx.load_keys([person.id])
    files = [
        *_photos(tx, person.id),
        *_id_photo(tx, person.id),
        *_face_templates(tx, person.id),
        *_fingers(tx, person.id),
    ]
    facts = _facts(tx, person) | {"files": [name for name, _ in files]}
    text = json.dumps(facts, ensure_ascii=False, indent=1, default=_plain)
    page = _PAGES.get_template("about.html").render(facts)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [("about.html", page.encode()), ("data.json", text.encode()), *files]:
            archive.writestr(name, data)
    return packed.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return msgspec.to_builtins(value)


def _facts(tx: ReadTx, person: Employee) -> dict[str, Any]:
    hold = hold_state(tx, person.id)
    return {
        "site": load_settings(tx).site,
        "made": tx.now.isoformat(timespec="minutes"),
        "person": {
            "number": person.number,
            "name": full_name(person),
            "first name": person.first_name,
            "last name": person.last_name,
            "email": person.email,
            "department": person.department,
            "active": person.active,
            "valid from": person.valid_from,
            "valid until": person.valid_until,
            "here since": person.created_at,
            "asked no more since": person.opted_out_at,
            "language": language_name(person.language) if person.language else "",
            "badge": "a mark of it" if person.badge_mark else "",
        },
        "hold": hold.reason,
        "consents": list(_consents(tx, person.id)),
        "submissions": list(_submissions(tx, person.id)),
        "photos": list(_verdicts(tx, person.id)),
        "emails": list(_emails(tx, person.id)),
        "logins": list(_logins(tx, person.id)),
        "rows": [msgspec.to_builtins(row) for row in data_rows(tx, [person.id])],
        "places": [msgspec.structs.asdict(place) for place in data_places(tx, person.id)],
    }


def _consents(tx: ReadTx, employee_id: str) -> Iterator[dict[str, Any]]:
    query = select(Consent).where(Consent.employee_id == employee_id).order_by(Consent.given_at)
    for row in tx.scalars(query):
        yield {
            "to": _WORDS.get(row.modality, "fingers that a terminal had, by your employer's word"),
            "text": row.text_digest,
            "version": row.text_version,
            "language": row.language,
            "by": row.channel,
            "browser": row.user_agent,
            "given": row.given_at,
            "withdrawn": row.withdrawn_at,
        }


def _submissions(tx: ReadTx, employee_id: str) -> Iterator[dict[str, Any]]:
    mine = Invitation.employee_id == employee_id
    for row in tx.scalars(select(Invitation).where(mine).order_by(Invitation.created_at)):
        yield {
            "invited": row.created_at,
            "by": row.channel,
            "status": row.status,
            "furthest": STAGE_LABELS[Stage(row.stage)],
            "reminders": row.reminded,
            "submitted": row.submitted_at,
            "decided": row.decided_at,
            "remark": row.remark,
        }


def _verdicts(tx: ReadTx, employee_id: str) -> Iterator[dict[str, Any]]:
    mine = Photo.employee_id == employee_id
    for row in tx.scalars(select(Photo).where(mine).order_by(Photo.created_at, Photo.slot)):
        yield {
            "taken": row.created_at,
            "chosen": row.chosen,
            "outcome": row.outcome,
            "verdict": row.verdict,
        }


def _emails(tx: ReadTx, employee_id: str) -> Iterator[dict[str, Any]]:
    mine = Outbox.employee_id == employee_id
    for row in tx.scalars(select(Outbox).where(mine).order_by(Outbox.created_at)):
        yield {"kind": row.kind, "state": row.state, "sent": row.sent_at}


def _logins(tx: ReadTx, employee_id: str) -> Iterator[dict[str, Any]]:
    query = (
        select(Login, Terminal.name, Kiosk.name)
        .outerjoin(Terminal, Terminal.id == Login.terminal_id)
        .outerjoin(Kiosk, Kiosk.id == Login.kiosk_id)
        .where(Login.employee_id == employee_id)
        .order_by(Login.at, Login.id)
    )
    for row, terminal, kiosk in tx.execute(query):
        yield {
            "at": row.at,
            "local time": row.local_time,
            "where": terminal or kiosk or "",
            "direction": DIRECTIONS.get(row.direction, ""),
            "method": row.method or method_name(row.verify),
            "outcome": row.outcome,
            "remark": row.remark,
            "how it was decided": row.path,
        }


def _photos(tx: ReadTx, employee_id: str) -> Iterator[File]:
    query = (
        select(Photo.id, Photo.slot, PhotoPicture.image)
        .join(PhotoPicture, PhotoPicture.photo_id == Photo.id)
        .where(Photo.employee_id == employee_id, PhotoPicture.image.is_not(None))
        .order_by(Photo.created_at, Photo.slot)
    )
    for count, (photo_id, _, sealed) in enumerate(tx.execute(query), 1):
        if sealed is not None:
            image = tx.open(employee_id, "photo", photo_id, "image", sealed)
            yield f"photos/photo-{count}.jpg", image


def _id_photo(tx: ReadTx, employee_id: str) -> Iterator[File]:
    query = select(IdPhoto).where(IdPhoto.employee_id == employee_id)
    row = tx.scalar(query.options(undefer(IdPhoto.upload), undefer(IdPhoto.image)))
    if row is not None and row.image is not None:
        image = tx.open(employee_id, "id_photo", row.id, "image", row.image)
        yield "photos/id-photo.jpg", image
    elif row is not None and row.upload is not None:
        yield "photos/id-photo", tx.open(employee_id, "id_photo", row.id, "upload", row.upload)


def _face_templates(tx: ReadTx, employee_id: str) -> Iterator[File]:
    query = (
        select(Enrolment)
        .options(undefer(Enrolment.template))
        .where(Enrolment.employee_id == employee_id, Enrolment.version != "")
        .order_by(Enrolment.approved_at)
    )
    for count, row in enumerate(tx.scalars(query), 1):
        template = tx.open(employee_id, "enrolment", row.id, "template", row.template)
        yield f"templates/face-{count}.f32", template
        picture = tx.get(EnrolmentPicture, row.id)
        if picture is not None:
            image = tx.open(employee_id, "enrolment", row.id, "image", picture.image)
            yield f"photos/for-terminals-{count}.jpg", image


def _fingers(tx: ReadTx, employee_id: str) -> Iterator[File]:
    own = select(Finger).options(undefer(Finger.templates)).where(Finger.employee_id == employee_id)
    for row in tx.scalars(own.order_by(Finger.position)):
        finger = FingerPosition(row.position).name.lower().replace("_", "-")
        for scan, template in enumerate(templates_of(tx, row), 1):
            yield f"templates/{finger}-{scan}.bin", template
    query = (
        select(FingerBlob)
        .options(undefer(FingerBlob.template))
        .where(FingerBlob.employee_id == employee_id, FingerBlob.removed_at.is_(None))
        .order_by(FingerBlob.algorithm, FingerBlob.finger)
    )
    for count, blob in enumerate(tx.scalars(query), 1):
        template = tx.open(employee_id, "finger_blob", blob.id, "template", blob.template)
        yield f"templates/of-a-terminal-{count}-finger-{blob.finger}.bin", template
