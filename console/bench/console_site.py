"""The site of `bench console`: many people and logins, and submissions that wait for review."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from console.bench.site_people import picture, verdict
from console.bench.store_site import BenchSite
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID, unit
from console.domain.consent import FACE, face_consent
from console.domain.invitations import Status
from console.domain.retention import SHIPPED
from console.service.terminals.login_seals import LoginSeals
from console.store.backup.book import Book, save_book
from console.store.columns import new_id
from console.store.schema import Consent, Employee, Invitation, Photo, PhotoPicture
from console.store.unit_of_work import Tx

WAITING, SLOTS = 500, 3
HALLS = 40
"""Departments, of equal size."""
NAMES = ("Aisyah", "Bala", "Chen", "Devi", "Farid", "Goh", "Hana", "Jaya", "Kumar", "Mei", "Nor")


def dress(site: BenchSite) -> None:
    """Gives people names and departments, and lets some wait for review."""
    now = datetime.now(UTC)
    with site.store.write() as tx:
        for place, name in enumerate(NAMES):
            mine = sa.cast(Employee.number, sa.Integer) % len(NAMES) == place
            tx.execute(
                sa.update(Employee)
                .where(mine)
                .values(first_name=name, sort_name=sa.func.lower(Employee.number + f" {name}"))
            )
        for place in range(HALLS):
            mine = sa.cast(Employee.number, sa.Integer) % HALLS == place
            tx.execute(sa.update(Employee).where(mine).values(department=f"Hall {place:02}"))
        tx.load_keys()
        for table, rows in (
            (Consent, [_consent(site.people[n], now) for n in range(WAITING)]),
            (Invitation, [_invitation(site.people[n], n, now) for n in range(WAITING)]),
            (Photo, [_photo(tx, site.people[n], n, slot, now) for n, slot in _places()]),
            (PhotoPicture, [_picture(tx, site.people[n], n, slot) for n, slot in _places()]),
        ):
            tx.execute(sa.insert(table), rows)


def rest(site: BenchSite) -> None:
    """As after a quiet night: all logins are sealed, and no backup is due in the next hours."""
    LoginSeals(site.store).run_once()
    with site.store.write() as tx:
        save_book(tx, Book(scheduled=False))


def _places() -> Iterator[tuple[int, int]]:
    return ((person, slot) for person in range(WAITING) for slot in range(1, SLOTS + 1))


def _invitation(employee_id: str, number: int, now: datetime) -> dict[str, Any]:
    then = now - timedelta(hours=1, seconds=WAITING - number)
    return {
        "id": f"r{number}",
        "employee_id": employee_id,
        "token_hash": f"t{number}",
        "status": Status.PENDING_APPROVAL,
        "tries": 1,
        "created_by": "bench",
        "created_at": then,
        "expires_at": now + timedelta(days=7),
        "submitted_at": then,
        "changed_at": then,
    }


def _consent(employee_id: str, now: datetime) -> dict[str, Any]:
    text = face_consent(SHIPPED)
    return {
        "id": new_id(),
        "employee_id": employee_id,
        "modality": FACE,
        "text_digest": text.digest,
        "text_version": text.version,
        "language": text.language,
        "channel": "desk",
        "user_agent": "",
        "given_at": now - timedelta(hours=1),
    }


def _photo(tx: Tx, employee_id: str, number: int, slot: int, now: datetime) -> dict[str, Any]:
    row_id = f"p{number}-{slot}"
    face = unit(np.random.default_rng(number).normal(size=DIMENSION).astype(np.float32)).tobytes()
    return {
        "id": row_id,
        "invitation_id": f"r{number}",
        "employee_id": employee_id,
        "slot": slot,
        "try_no": 1,
        "state": "screened",
        "verdict": verdict(),
        "outcome": "pass",
        "quality": 0.7,
        "model": MODEL_ID,
        "vector": tx.seal(employee_id, "photo", row_id, "vector", face),
        "perceptual_hash": tx.seal(employee_id, "photo", row_id, "looks", bytes(32)),
        "has_image": True,
        "chosen": slot == 1,
        "created_at": now,
        "screened_at": now,
    }


def _picture(tx: Tx, employee_id: str, number: int, slot: int) -> dict[str, Any]:
    row_id = f"p{number}-{slot}"
    return {"photo_id": row_id, "image": tx.seal(employee_id, "photo", row_id, "image", picture())}
