"""The people of `bench login`, written as the service keeps them, in a process of its own."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from bridge.readers.uru4000_image import HEIGHT, WIDTH
from bridge.simulator.fingers import impression
from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.recognition.shipped_recogniser import ShippedRecogniser
from console.biometrics.faces.recognition.template_protection import TemplateProtection
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID, unit
from console.biometrics.fingers.examiner import Examiner
from console.biometrics.fingers.extractor import Leader
from console.biometrics.fingers.minutiae import minutiae
from console.biometrics.fingers.templates import MinutiaeTemplate, pack_template
from console.domain.invitations import Status
from console.key_holder import key_holder
from console.service.settings import load_rotation
from console.store.database import Store, connect, sqlite_url
from console.store.keys import load_keys
from console.store.queries.fingers import EXTRACTOR
from console.store.schema import Employee, Enrolment, Finger, Invitation
from console.store.vault import Vault, version_of

Picture = NDArray[np.uint8]


def fill(data_dir: Path, face: Picture, fingers: int, real: int) -> None:
    """Writes fingers and faces of everybody.

    face: RGB, of the first person; fingers: of each person; real: so many people have one finger
    that was really extracted.
    """
    vault = Vault(load_keys(key_holder(data_dir, "site", True), True))
    dice, examiner = np.random.default_rng(1), Examiner(Leader(os.cpu_count() or 1))
    now = datetime.now(UTC)
    with Store(connect(sqlite_url(data_dir / "muster.db")), vault).write() as tx:
        rotation = TemplateProtection(load_rotation(tx))
        people = list(tx.scalars(select(Employee).order_by(Employee.number)))
        for number, person in enumerate(people):
            for place in range(fingers):
                templates = (
                    [_real(examiner, number, n) for n in range(3)]
                    if number < real and place == 0
                    else _made_up(dice)
                )
                row = Finger(
                    id=f"f{number:05d}{place}",
                    employee_id=person.id,
                    position=place + 1,
                    extractor=EXTRACTOR,
                    quality=80,
                    scans=3,
                    reader="bench",
                    taken_by="bench",
                    taken_at=now,
                    templates=b"",
                    version="",
                )
                row.templates = tx.seal(
                    person.id,
                    "finger",
                    row.id,
                    "templates",
                    msgspec.msgpack.encode(templates),
                )
                row.version = version_of(row.templates)
                tx.add(row)
            invitation = Invitation(
                id=f"i{number}",
                employee_id=person.id,
                token_hash=f"t{number}",
                status=Status.IN_USE,
                created_by="bench",
                created_at=now,
                expires_at=now + timedelta(days=1),
                changed_at=now,
            )
            tx.add(invitation)
            tx.flush()
            vector = (
                _real_face(face)
                if number == 0
                else unit(dice.normal(size=DIMENSION).astype(np.float32))
            )
            sealed = tx.seal(
                person.id,
                "enrolment",
                f"e{number}",
                "template",
                rotation.protect(vector).tobytes(),
            )
            tx.add(
                Enrolment(
                    id=f"e{number}",
                    employee_id=person.id,
                    invitation_id=invitation.id,
                    modality="face",
                    model=MODEL_ID,
                    photos=3,
                    template=sealed,
                    version=version_of(sealed),
                    approved_by="bench",
                    approved_at=now,
                )
            )


def _real(examiner: Examiner, person: int, number: int) -> bytes:
    return pack_template(
        examiner.read_scan(impression(1000 + person, number + 1, (HEIGHT, WIDTH)))[0]
    )


def _made_up(dice: np.random.Generator) -> list[bytes]:
    """Three scans of one finger that nobody has: the same minutiae, moved a little."""
    count = int(dice.integers(30, 50))
    x, y, angle = (
        dice.uniform(20, WIDTH - 20, count),
        dice.uniform(20, HEIGHT - 20, count),
        dice.uniform(0, 6.28, count),
    )
    scans = []
    for _ in range(3):
        moved = minutiae(
            x + dice.normal(0, 2, count), y + dice.normal(0, 2, count), angle, size=(WIDTH, HEIGHT)
        )
        scans.append(pack_template(MinutiaeTemplate(moved, EXTRACTOR, 80)))
    return scans


def _real_face(rgb: Picture) -> NDArray[np.float32]:
    return ShippedRecogniser().embed(rgb, FaceFinder().find(rgb)[0].mesh).vector
