"""Fingers as they are kept: sealed rows, and a worker that finds them."""

import functools
from collections.abc import Iterator

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from console.biometrics.workers.finger_pipeline import FingerPipeline
from console.domain.fingers import FingerPosition
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.fingers import EXTRACTOR, KIND, TABLE, templates_of
from console.store.schema import Finger
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import version_of


def key_of(employee_id: str, position: int) -> str:
    """The key under which the worker knows a finger."""
    return f"{employee_id}:{position}"


def parse_key(key: str) -> tuple[str, FingerPosition]:
    """(employee id, position) of a worker's key."""
    employee_id, _, position = key.partition(":")
    return employee_id, FingerPosition(int(position))


def _same_finger(finger: Finger) -> Select[Finger]:
    return select(Finger).where(
        Finger.employee_id == finger.employee_id, Finger.position == finger.position
    )


class FingerRecords:
    """All fingers that were enrolled at the desk. Blocking; thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.pipeline = FingerPipeline(self._references)

    def _references(self) -> Iterator[tuple[str, list[bytes]]]:
        """Everybody's templates, for a worker that has just started."""
        query = select(Finger).where(Finger.extractor == EXTRACTOR)
        with self._store.read() as tx:
            tx.load_keys()
            for row in tx.scalars(query.options(undefer(Finger.templates))):
                yield key_of(row.employee_id, row.position), templates_of(tx, row)

    def forget(self, employee_id: str, position: FingerPosition) -> None:
        """The worker forgets a finger whose row is gone."""
        self.pipeline.remove_finger(key_of(employee_id, position))

    def holds(self, tx: ReadTx, finger: Finger) -> bool:
        """Whether the person has this finger enrolled already."""
        return tx.scalar(_same_finger(finger)) is not None

    def add(self, tx: Tx, finger: Finger, templates: list[bytes]) -> bool:
        """Seals a finger and returns whether it replaces an earlier one.

        finger: a row without id and templates. The worker learns about it after the commit.
        """
        earlier = tx.scalar(_same_finger(finger))
        if earlier is not None:
            tx.delete(earlier)
            tx.flush()
        finger.id, finger.extractor = new_id(), EXTRACTOR
        packed = msgspec.msgpack.encode(templates)
        finger.templates = tx.seal(finger.employee_id, TABLE, finger.id, KIND, packed)
        finger.version = version_of(finger.templates)
        tx.add(finger)
        tx.changed("fingers", finger.employee_id)
        key = key_of(finger.employee_id, finger.position)
        tx.after_commit(lambda: self.pipeline.add_finger(key, templates))
        return earlier is not None

    def remove(self, tx: Tx, employee_id: str, position: FingerPosition | None) -> int:
        """Deletes one finger, or all of a person (position None), and returns how many.

        The worker forgets them after the commit.
        """
        query = select(Finger).where(Finger.employee_id == employee_id)
        if position is not None:
            query = query.where(Finger.position == position)
        rows = list(tx.scalars(query))
        for row in rows:
            tx.delete(row)
            tx.audit("finger.deleted", employee_id, position=row.position)
            key = key_of(employee_id, row.position)
            tx.after_commit(functools.partial(self.pipeline.remove_finger, key))
        tx.changed("fingers", employee_id)
        return len(rows)
