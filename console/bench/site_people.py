"""The people and terminals of the site's benchmark, written as the service keeps them.

`python -m console.bench.site_people FOLDER PEOPLE TERMINALS PORT…`; the ports are those of the
simulated terminals that the service dials. Runs while no service does. Templates and pictures are
made up, and sealed by the real vault.
"""

import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bridge.terminals.plan import fingerprint_of, inventory_digest
from console.bench.site_sizes import (
    FINGERS_ON_TERMINALS,
    Sizes,
    dialled_serial,
    employee_id,
    name_of,
    number_of,
    push_serial,
    terminal_id,
    terminal_template,
)
from console.biometrics.faces.quality.profiles import FINGERTEC
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID, unit
from console.biometrics.fingers.minutiae import minutiae
from console.biometrics.fingers.templates import MinutiaeTemplate, pack_template
from console.domain.consent import FINGER, finger_consent
from console.domain.invitations import Status
from console.domain.logins import content_key
from console.domain.placements import PlacementState
from console.domain.retention import SHIPPED
from console.domain.terminals import Dialect, TerminalStatus
from console.key_holder import key_holder
from console.store.columns import Base
from console.store.database import Store, connect, sqlite_url
from console.store.keys import load_keys
from console.store.queries.fingers import EXTRACTOR
from console.store.schema import (
    Consent,
    Employee,
    Enrolment,
    EnrolmentPicture,
    Finger,
    FingerBlob,
    InventoryEntry,
    Invitation,
    Login,
    Photo,
    PhotoPicture,
    Placement,
    Terminal,
)
from console.store.unit_of_work import Tx
from console.store.vault import Vault, version_of

Row = dict[str, Any]
PICTURE_BYTES = 40_000
PHOTOS, FINGERS, SCANS = 3, 2, 3
AT_ONCE = 5000
"""Rows of one statement."""
WIDTH, HEIGHT = 400, 560
TEMPLATE_SETS = 64
"""Made-up fingers; people share them, which costs nothing that is measured."""
ALGORITHM = "finger 10"
"""What the simulated terminals say of their fingerprint algorithm."""
CLOCKS = "Etc/UTC"
"""The time zone of all terminals."""


class Seed:
    """Writes one site. Everything is as old as an hour, so that nothing has to be done to it."""

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self._vault = Vault(load_keys(key_holder(folder, "site", True), True))
        self._store = Store(connect(sqlite_url(folder / "muster.db")), self._vault)
        self._sizes = sizes
        self._dice = np.random.default_rng(1)
        self._then = datetime.now(UTC) - timedelta(hours=1)

    def write(self, ports: list[int]) -> None:
        """All rows."""
        self._people()
        self._terminals(ports)
        with self._store.write() as tx:
            tx.load_keys()
            _add(tx, Photo, self._photos(tx))
            _add(tx, PhotoPicture, self._photo_pictures(tx))
        self._rows(Placement, self._placements())
        self._rows(InventoryEntry, self._inventory())
        self._rows(Login, self._logins())
        self._store.close()

    def _rows(self, table: type[Base], rows: Iterable[Row]) -> None:
        with self._store.write() as tx:
            _add(tx, table, rows)

    def _people(self) -> None:
        people = range(self._sizes.people)
        self._rows(Employee, (self._employee(person) for person in people))
        self._rows(Invitation, self._invitations())
        self._rows(Consent, (self._consent(person) for person in people))
        with self._store.write() as tx:
            for start in range(0, self._sizes.people, AT_ONCE):
                tx.make_keys([employee_id(person) for person in people[start : start + AT_ONCE]])
            _add(tx, Finger, self._fingers(tx))
            _add(tx, Enrolment, (self._enrolment(tx, person) for person in people))
            pictures = (self._enrolment_picture(tx, person) for person in people)
            _add(tx, EnrolmentPicture, pictures)

    def _consent(self, person: int) -> Row:
        return {
            "id": f"c{person}",
            "employee_id": employee_id(person),
            "modality": FINGER,
            "text_digest": finger_consent(SHIPPED).digest,
            "text_version": finger_consent(SHIPPED).version,
            "language": finger_consent(SHIPPED).language,
            "channel": "desk",
            "user_agent": "",
            "given_at": self._then,
        }

    def _employee(self, person: int) -> Row:
        first, last = name_of(person)
        return {
            "id": employee_id(person),
            "number": number_of(person),
            "first_name": first,
            "last_name": last,
            "email": f"p{person}@example.com",
            "department": f"Department {person % 20}",
            "active": True,
            "in_force": True,
            "sort_name": f"{last} {first}".lower(),
            "created_at": self._then,
            "updated_at": self._then,
        }

    def _invitations(self) -> Iterator[Row]:
        """Of everybody's enrolment, and of the submissions that wait for review."""
        for person in range(self._sizes.people):
            yield self._invitation(f"i{person}", person, Status.IN_USE)
        for person in range(self._sizes.in_review):
            yield self._invitation(f"r{person}", person, Status.PENDING_APPROVAL)

    def _invitation(self, row_id: str, person: int, status: Status) -> Row:
        return {
            "id": row_id,
            "employee_id": employee_id(person),
            "token_hash": f"t{row_id}",
            "status": status,
            "tries": 1,
            "created_by": "bench",
            "created_at": self._then,
            "expires_at": self._then + timedelta(days=7),
            "submitted_at": self._then,
            "changed_at": self._then,
        }

    def _vector(self) -> bytes:
        return unit(self._dice.normal(size=DIMENSION).astype(np.float32)).tobytes()

    def _enrolment(self, tx: Tx, person: int) -> Row:
        row_id, owner = f"e{person}", employee_id(person)
        template = tx.seal(owner, "enrolment", row_id, "template", self._vector())
        return {
            "id": row_id,
            "employee_id": owner,
            "invitation_id": f"i{person}",
            "modality": "face",
            "model": MODEL_ID,
            "photos": PHOTOS,
            "approved_by": "bench",
            "approved_at": self._then,
            "template": template,
            "version": version_of(template),
        }

    def _enrolment_picture(self, tx: Tx, person: int) -> Row:
        row_id = f"e{person}"
        image = tx.seal(employee_id(person), "enrolment", row_id, "image", picture())
        return {"enrolment_id": row_id, "image": image}

    def _fingers(self, tx: Tx) -> Iterator[Row]:
        sets = [made_up_scans(self._dice) for _ in range(TEMPLATE_SETS)]
        for person in range(self._sizes.people):
            owner = employee_id(person)
            for place in range(FINGERS):
                row_id = f"f{person}-{place}"
                plain = msgspec.msgpack.encode(sets[(person * FINGERS + place) % TEMPLATE_SETS])
                templates = tx.seal(owner, "finger", row_id, "templates", plain)
                yield {
                    "id": row_id,
                    "employee_id": owner,
                    "position": place + 1,
                    "extractor": EXTRACTOR,
                    "quality": 80,
                    "scans": SCANS,
                    "reader": "bench",
                    "taken_by": "bench",
                    "taken_at": self._then,
                    "templates": templates,
                    "version": version_of(templates),
                }

    def _photos(self, tx: Tx) -> Iterator[Row]:
        """Of the submissions that wait for review."""
        for person in range(self._sizes.in_review):
            for slot in range(1, PHOTOS + 1):
                yield self._photo(tx, person, slot)

    def _photo_pictures(self, tx: Tx) -> Iterator[Row]:
        for person in range(self._sizes.in_review):
            for slot in range(1, PHOTOS + 1):
                row_id = f"p{person}-{slot}"
                image = tx.seal(employee_id(person), "photo", row_id, "image", picture())
                yield {"photo_id": row_id, "image": image}

    def _photo(self, tx: Tx, person: int, slot: int) -> Row:
        row_id, owner = f"p{person}-{slot}", employee_id(person)
        kinds = (("vector", "vector", self._vector()), ("perceptual_hash", "looks", bytes(8)))
        sealed = {
            column: tx.seal(owner, "photo", row_id, kind, plain) for column, kind, plain in kinds
        }
        return {
            "id": row_id,
            "invitation_id": f"r{person}",
            "employee_id": owner,
            "slot": slot,
            "try_no": 1,
            "state": "screened",
            "verdict": verdict(),
            "outcome": "pass",
            "quality": 0.7,
            "model": MODEL_ID,
            "has_image": True,
            "chosen": slot == 1,
            "created_at": self._then,
            "screened_at": self._then,
            **sealed,
        }

    def _terminals(self, ports: list[int]) -> None:
        push = [
            self._terminal(push_serial(number), Dialect.PUSH, 0)
            for number in range(self._sizes.push)
        ]
        dialled = [
            self._terminal(dialled_serial(number), Dialect.ZK, port)
            for number, port in enumerate(ports)
        ]
        self._rows(Terminal, [*push, *dialled])
        with self._store.write() as tx:
            tx.load_keys()
            _add(tx, FingerBlob, self._blobs(tx))

    def _terminal(self, serial: str, dialect: Dialect, port: int) -> Row:
        return {
            "id": terminal_id(serial),
            "serial": serial,
            "name": serial,
            "status": TerminalStatus.APPROVED,
            "address": "127.0.0.1",
            "info": {},
            "first_seen": self._then,
            "last_seen": self._then,
            "dialect": dialect,
            "port": port,
            "counts": {"read": 0, "out_of_sync": 0},
            "capabilities": {},
            "log_wanted": False,
            "zone": CLOCKS,
            "times_zone": CLOCKS,
        }

    def _blobs(self, tx: Tx) -> Iterator[Row]:
        """Everybody's fingers as the terminals have them."""
        for person in range(self._sizes.people):
            owner = employee_id(person)
            for finger in FINGERS_ON_TERMINALS:
                row_id, plain = f"b{person}-{finger}", terminal_template(person, finger)
                yield {
                    "id": row_id,
                    "employee_id": owner,
                    "finger": finger,
                    "algorithm": ALGORITHM,
                    "template": tx.seal(owner, "finger_blob", row_id, "template", plain),
                    "identity": fingerprint_of(plain),
                    "terminal_id": terminal_id(dialled_serial(0)),
                    "taken_by": "bench",
                    "taken_at": self._then,
                }

    def _placements(self) -> Iterator[Row]:
        """Every terminal that dials the service has shown every face."""
        for number in range(self._sizes.push):
            for person in range(self._sizes.people):
                yield {
                    "terminal_id": terminal_id(push_serial(number)),
                    "employee_id": employee_id(person),
                    "pin": number_of(person),
                    "belongs": True,
                    "face_id": f"e{person}",
                    "face_held": f"e{person}",
                    "content": _face_digest(person),
                    "state": PlacementState.CONFIRMED,
                    "since": self._then,
                    "attempt": 1,
                    "run_at": self._then,
                    "error": "",
                    "confirmed_at": self._then,
                }

    def _inventory(self) -> Iterator[Row]:
        """What each terminal was last seen to hold."""
        people = range(self._sizes.on_terminal)
        push = [(number_of(person), _face_digest(person)) for person in people]
        dialled = [(number_of(person), _finger_digest(person)) for person in people]
        held = {push_serial(number): push for number in range(self._sizes.push)}
        held |= {dialled_serial(number): dialled for number in range(self._sizes.dialled)}
        for serial, theirs in held.items():
            for pin, seen in theirs:
                yield {
                    "terminal_id": terminal_id(serial),
                    "pin": pin,
                    "digest": seen,
                    "seen_at": self._then,
                }

    def _logins(self) -> Iterator[Row]:
        """Spread over the last days, at all terminals that dial the service."""
        for number in range(self._sizes.logins):
            person, serial = number % self._sizes.people, push_serial(number % self._sizes.push)
            at = (self._then - timedelta(seconds=17 * number)).replace(microsecond=0)
            local = f"{at:%Y-%m-%d %H:%M:%S}"
            yield {
                "terminal_id": terminal_id(serial),
                "employee_id": employee_id(person),
                "pin": number_of(person),
                "at": at,
                "local_time": local,
                "verify": 15,
                "direction": 0,
                "content_key": content_key(serial, number_of(person), local, 0, 15, 0),
                "received_at": at,
            }


def _add(tx: Tx, table: type[Base], rows: Iterable[Row]) -> None:
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        tx.add_many(table, some)


def _face_digest(person: int) -> str:
    """What terminals of faces hold; the simulated ones take no fingers."""
    return inventory_digest(number_of(person), " ".join(name_of(person)), [])


def _finger_digest(person: int) -> str:
    fingers = [
        (finger, fingerprint_of(terminal_template(person, finger)))
        for finger in FINGERS_ON_TERMINALS
    ]
    return inventory_digest(number_of(person), " ".join(name_of(person)), fingers)


@cache
def picture() -> bytes:
    """A JPEG of about PICTURE_BYTES."""
    noise: NDArray[np.uint8] = np.random.default_rng(2).integers(0, 255, (96, 72, 3), np.uint8)
    rough = Image.fromarray(noise).resize((480, 640), Image.Resampling.BICUBIC)
    for quality in range(30, 96, 5):
        file = io.BytesIO()
        rough.save(file, "JPEG", quality=quality)
        if file.tell() >= PICTURE_BYTES:
            break
    return file.getvalue()


@cache
def verdict() -> Row:
    """A stored verdict of a photo that passed every gate, of the usual size."""
    face = {"left": 0.3, "top": 0.2, "width": 0.4, "height": 0.5}
    gates = [
        {"gate": gate, "outcome": "pass", "value": 1.0, "limits": asdict(limits), "region": face}
        for gate, limits in FINGERTEC.gates.items()
    ]
    return {
        "outcome": "pass",
        "gates": gates,
        "quality": 0.7,
        "profile": FINGERTEC.name,
        "profile_version": FINGERTEC.version,
        "face": face,
        "eyes": [[0.42, 0.4], [0.58, 0.4]],
        "values": dict.fromkeys(FINGERTEC.gates, 1.0),
    }


def made_up_scans(dice: np.random.Generator) -> list[bytes]:
    """Scans of one finger that nobody has: the same minutiae, moved a little."""
    count = int(dice.integers(30, 50))
    x, y = dice.uniform(20, WIDTH - 20, count), dice.uniform(20, HEIGHT - 20, count)
    angle = dice.uniform(0, 2 * np.pi, count)
    scans = []
    for _ in range(SCANS):
        moved = minutiae(
            x + dice.normal(0, 2, count), y + dice.normal(0, 2, count), angle, size=(WIDTH, HEIGHT)
        )
        scans.append(pack_template(MinutiaeTemplate(moved, EXTRACTOR, 80)))
    return scans


def main() -> None:
    """Writes the site, and prints how large its pictures are, in bytes."""
    folder, people, terminals, *ports = sys.argv[1:]
    seed = Seed(Path(folder), Sizes(int(people), int(terminals)))
    seed.write([int(port) for port in ports])
    print(json.dumps(len(picture())), flush=True)


if __name__ == "__main__":
    main()
