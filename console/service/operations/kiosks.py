"""Kiosks in the console: adding, pairing, settings of one and of a group, removal."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from console.api import kiosks as api
from console.api.kiosk_link import KioskState
from console.api.operation import ById, Nothing
from console.domain.errors import Invalid
from console.domain.kiosks import ONLINE_WITHIN, KioskSettings, check_settings
from console.domain.language import tr, tr_short_minute
from console.domain.login_chance import search_chance
from console.service.kiosks.registry import (
    NAME_LENGTH,
    add_kiosk,
    changed_settings,
    find_kiosk,
    group_settings,
    name_kiosk,
    new_pairing_code,
    retire_kiosk,
    save_group,
    settings_of,
)
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.tools import Addresses
from console.store.schema import Enrolment, Kiosk
from console.store.unit_of_work import ReadTx


class KioskOperations:
    """What administrators do with kiosks."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    @handles(api.list_kiosks, Pool.READ)
    def list_all(self, call: Call, request: Nothing) -> api.KioskList:
        """All kiosks, and the settings of all groups."""
        query = select(Kiosk).where(Kiosk.removed_at.is_(None)).order_by(Kiosk.name, Kiosk.id)
        with call.read() as tx:
            groups, faces = group_settings(tx), _faces(tx)
            rows = [_struct(row, groups, faces, call.now) for row in tx.scalars(query)]
            return api.KioskList(kiosks=rows, groups=groups, enrolled_faces=faces)

    @handles(api.add_kiosk, Pool.WRITE)
    def add(self, call: Call, request: api.AddKiosk) -> api.PairingCode:
        """Adds a kiosk, or replaces one, and returns the pairing code.

        Raises Invalid, Conflict, NotFound.
        """
        with call.write() as tx:
            row = add_kiosk(tx, call.operator.username, request.replaces)
            if not request.replaces:
                name_kiosk(row, request.name, request.location, request.group)
            tx.flush()
            tx.audit("kiosk.added", row.id, replaces=row.replaces)
            tx.changed("kiosks", row.id)
            return self._code(row, new_pairing_code(tx, row))

    @handles(api.pair_again, Pool.WRITE)
    def pair_again(self, call: Call, request: ById) -> api.PairingCode:
        """A new code; the present pairing ends at once. Raises NotFound."""
        with call.write() as tx:
            row = find_kiosk(tx, request.id)
            row.token_hash = ""
            tx.audit("kiosk.code", row.id)
            tx.changed("kiosks", row.id)
            return self._code(row, new_pairing_code(tx, row))

    def _code(self, row: Kiosk, code: str) -> api.PairingCode:
        assert row.pairing_until is not None
        return api.PairingCode(
            id=row.id, code=code, until=row.pairing_until, address=self._addresses.kiosks
        )

    @handles(api.change_kiosk, Pool.WRITE)
    def change(self, call: Call, request: api.ChangeKiosk) -> api.KioskRow:
        """Name, place, group and own settings. Raises Invalid, NotFound."""
        if request.settings is not None:
            check_settings(request.settings)
        with call.write() as tx:
            row = find_kiosk(tx, request.id)
            before = row.settings
            name_kiosk(row, request.name, request.location, request.group)
            row.settings = (
                None if request.settings is None else msgspec.to_builtins(request.settings)
            )
            row.changed_by, row.changed_at = call.operator.username, call.now
            tx.audit("kiosk.changed", row.id, **changed_settings(before, row.settings))
            tx.changed("kiosks", row.id)
            return _struct(row, group_settings(tx), _faces(tx), call.now)

    @handles(api.change_group, Pool.WRITE)
    def change_group(self, call: Call, request: api.ChangeGroup) -> Nothing:
        """The settings of a group, or of everybody (empty name). Raises Invalid."""
        check_settings(request.settings)
        if len(request.name) > NAME_LENGTH:
            raise Invalid("name", tr("Use at most {most} characters.", most=NAME_LENGTH))
        with call.write() as tx:
            save_group(tx, request.name, request.settings)
        return Nothing()

    @handles(api.remove_kiosk, Pool.WRITE)
    def remove(self, call: Call, request: ById) -> Nothing:
        """It cannot call any more. Raises NotFound."""
        with call.write() as tx:
            row = find_kiosk(tx, request.id)
            retire_kiosk(tx, row)
            tx.audit("kiosk.removed", row.id)
            tx.changed("kiosks", row.id)
        return Nothing()


def _faces(tx: ReadTx) -> int:
    return tx.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.live)) or 0


def _struct(
    row: Kiosk, groups: dict[str, KioskSettings], faces: int, now: datetime
) -> api.KioskRow:
    settings, state = settings_of(row, groups), msgspec.convert(row.state, KioskState)
    compared = min(faces, settings.max_cached)
    waits_for_code = row.pairing_hash and row.pairing_until and row.pairing_until > now
    return api.KioskRow(
        id=row.id,
        name=row.name,
        location=row.location,
        group=row.group_name,
        settings=settings,
        own=row.settings is not None,
        paired=bool(row.token_hash),
        online=bool(row.last_seen and now - row.last_seen <= ONLINE_WITHIN),
        silent=_is_silent(row, now),
        last_seen=row.last_seen,
        code_until=row.pairing_until if waits_for_code else None,
        version=state.version,
        cached=state.cached,
        waiting=state.waiting,
        camera=state.camera,
        reader=state.reader,
        cameras=state.cameras,
        problem=state.problem,
        faces=compared,
        false_accepts=search_chance(settings, compared),
        added=_who_when(row.added_by, row.added_at),
        changed=_who_when(row.changed_by, row.changed_at),
    )


def _is_silent(row: Kiosk, now: datetime) -> bool:
    """By the rule of the first page, `queries.today.silent_kiosks`."""
    in_use = bool(row.token_hash) and row.removed_at is None and row.gone_at is None
    return in_use and (row.last_seen or row.added_at) < now - ONLINE_WITHIN


def _who_when(who: str, when: datetime | None) -> str:
    return tr("{who}, {time} UTC", who=who, time=tr_short_minute(when)) if when else ""
