"""How many photos by file name are screened and handed in per second."""

import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from console.api import employees, photo_files, tasks
from console.api.client import Client
from console.api.operation import ById
from console.demo.photos import good_photos
from console.demo.site import DemoSite, wait_until
from console.domain.consent import FACE, face_consent
from console.domain.retention import SHIPPED
from console.store.columns import new_id
from console.store.database import Store, connect, sqlite_url
from console.store.schema import Consent

PEOPLE = 40
UNDER_WAY = 6
"""As many as the console sends ahead."""


def measure_photos(folder: Path) -> dict[str, Any]:
    """One photo for each of some people, from the first sent to the last handed in."""
    with DemoSite(folder) as site, site.client() as client:
        client.set_up("bench", "Bench", "a password for the bench", "Bench")
        people = [_person(client, number) for number in range(PEOPLE + 1)]
        _agree(folder, people)
        _take(client, people[:1])  # the workers start
        began = time.monotonic()
        _take(client, people[1:])
        return {"photos_by_name_per_s": round(PEOPLE / (time.monotonic() - began), 2)}


def _person(client: Client, number: int) -> str:
    request = employees.SaveEmployee(
        id="",
        number=str(1000 + number),
        first_name="Person",
        last_name=str(number),
        email="",
        department="",
    )
    return client.call(employees.save_employee, request).id


def _agree(folder: Path, people: list[str]) -> None:
    """Everybody has agreed to the use of their face."""
    store = Store(connect(sqlite_url(folder / "muster.db")))
    text = face_consent(SHIPPED)
    rows = [
        {
            "id": new_id(),
            "employee_id": one,
            "modality": FACE,
            "text_digest": text.digest,
            "text_version": text.version,
            "language": text.language,
            "channel": "desk",
            "user_agent": "",
            "given_at": datetime.now(UTC),
        }
        for one in people
    ]
    with store.write() as tx:
        tx.execute(insert(Consent), rows)
    store.close()


def _take(client: Client, people: list[str]) -> None:
    request = photo_files.BeginPhotos(people=len(people), left_out=[])
    task_id = client.call(photo_files.begin_photos, request).task_id
    photos = good_photos()
    for place, employee_id in enumerate(people):
        files = [photo_files.PhotoFile(name="photo.jpg", data=photos[place % len(photos)])]
        send = photo_files.SendPhotos(task_id=task_id, employee_id=employee_id, files=files)
        waiting = client.call(photo_files.send_photos, send).waiting
        if waiting >= UNDER_WAY:
            wait_until(partial(_is_past, client, task_id, place - UNDER_WAY))
    client.call(photo_files.end_photos, ById(id=task_id))
    wait_until(partial(_is_past, client, task_id, len(people) - 1))


def _is_past(client: Client, task_id: str, done: int) -> bool:
    return client.call(tasks.get_task, ById(id=task_id)).done > done
