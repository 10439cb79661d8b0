"""Kiosks in the console: adding, pairing, settings of one and of a group, removal."""

import secrets
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.api import kiosks as api
from console.api.kiosk_link import KioskState
from console.api.operation import ById, Nothing
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import token_hash
from console.domain.kiosks import (
    ONLINE_WITHIN,
    PAIRING_LIFETIME,
    KioskSettings,
    check_settings,
    expected_false_identifications,
)
from console.service.operations.dispatch import Call, handles
from console.store import audit
from console.store.database import changed
from console.store.schema import Enrolment, Kiosk, Setting

GROUPS = "kiosk_groups"
MOST_KIOSKS = 1000
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without letters that look like digits."""
CODE_LENGTH = 10
NAME_LENGTH = 80


class _Groups(msgspec.Struct, frozen=True, kw_only=True):
    groups: dict[str, KioskSettings]


def group_settings(session: Session) -> dict[str, KioskSettings]:
    row = session.get(Setting, GROUPS)
    return {} if row is None else msgspec.convert(row.value, _Groups).groups


def settings_of(session: Session, kiosk: Kiosk) -> KioskSettings:
    """Its own, else its group's, else everybody's, else those that ship."""
    if kiosk.settings is not None:
        return msgspec.convert(kiosk.settings, KioskSettings)
    groups = group_settings(session)
    return groups.get(kiosk.group_name) or groups.get("") or KioskSettings()


@handles(api.list_kiosks)
def list_kiosks(call: Call, request: Nothing) -> api.KioskList:
    with call.service.store.read() as session:
        rows = session.scalars(
            select(Kiosk).where(Kiosk.removed_at.is_(None)).order_by(Kiosk.name, Kiosk.id)
        ).all()
        faces = (
            session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.live)) or 0
        )
        return api.KioskList(
            kiosks=[_struct(call, session, row, faces) for row in rows],
            groups=group_settings(session),
            enrolled_faces=faces,
        )


def _struct(call: Call, session: Session, row: Kiosk, faces: int) -> api.Kiosk:
    settings, state = settings_of(session, row), msgspec.convert(row.state, KioskState)
    looked_for = min(faces, settings.max_cached)
    return api.Kiosk(
        id=row.id,
        name=row.name,
        location=row.location,
        group=row.group_name,
        settings=settings,
        own=row.settings is not None,
        paired=bool(row.token_hash),
        online=bool(row.last_seen and call.now - row.last_seen <= ONLINE_WITHIN),
        last_seen=row.last_seen,
        code_until=row.pairing_until
        if row.pairing_hash and row.pairing_until and row.pairing_until > call.now
        else None,
        version=state.version,
        cached=state.cached,
        waiting=state.waiting,
        camera=state.camera,
        reader=state.reader,
        cameras=state.cameras,
        problem=state.problem,
        faces=looked_for,
        false_accepts=expected_false_identifications(settings.limits.face_fmr, looked_for),
        added=_who_when(row.added_by, row.added_at),
        changed=_who_when(row.changed_by, row.changed_at),
    )


def _who_when(who: str, when: datetime | None) -> str:
    return f"{who}, {when:%Y-%m-%d %H:%M} UTC" if when else ""


@handles(api.add_kiosk)
def add_kiosk(call: Call, request: api.AddKiosk) -> api.PairingCode:
    with call.service.store.write() as session:
        if (
            session.scalar(
                select(func.count()).select_from(Kiosk).where(Kiosk.removed_at.is_(None))
            )
            or 0
        ) >= MOST_KIOSKS:
            raise Conflict(f"{MOST_KIOSKS} kiosks are the most. Remove one first.")
        row = Kiosk(added_by=call.operator.username, added_at=call.now, state={})
        if request.replaces:
            before = _kiosk(session, request.replaces)
            row.name, row.location, row.group_name, row.settings = (
                before.name,
                before.location,
                before.group_name,
                before.settings,
            )
            row.replaces = before.id
            _remove(before, call.now)
        else:
            _name(row, request.name, request.location, request.group)
        session.add(row)
        session.flush()
        audit.record(
            session, call.now, call.operator.id, "kiosk.added", row.id, replaces=row.replaces
        )
        changed(session, "kiosks", row.id)
        return _new_code(call, row)


@handles(api.pair_again)
def pair_again(call: Call, request: ById) -> api.PairingCode:
    with call.service.store.write() as session:
        row = _kiosk(session, request.id)
        row.token_hash = ""
        audit.record(session, call.now, call.operator.id, "kiosk.code", row.id)
        changed(session, "kiosks", row.id)
        return _new_code(call, row)


def _new_code(call: Call, row: Kiosk) -> api.PairingCode:
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    row.pairing_hash, row.pairing_until = token_hash(code), call.now + PAIRING_LIFETIME
    return api.PairingCode(
        id=row.id,
        code=f"{code[:5]}-{code[5:]}",
        until=row.pairing_until,
        address=call.service.addresses.kiosks,
    )


@handles(api.change_kiosk)
def change_kiosk(call: Call, request: api.ChangeKiosk) -> api.Kiosk:
    if request.settings is not None:
        check_settings(request.settings)
    with call.service.store.write() as session:
        row = _kiosk(session, request.id)
        before = row.settings
        _name(row, request.name, request.location, request.group)
        row.settings = None if request.settings is None else msgspec.to_builtins(request.settings)
        row.changed_by, row.changed_at = call.operator.username, call.now
        audit.record(
            session,
            call.now,
            call.operator.id,
            "kiosk.changed",
            row.id,
            **_difference(before, row.settings),
        )
        changed(session, "kiosks", row.id)
        faces = (
            session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.live)) or 0
        )
        return _struct(call, session, row, faces)


@handles(api.change_group)
def change_group(call: Call, request: api.ChangeGroup) -> Nothing:
    check_settings(request.settings)
    if len(request.name) > NAME_LENGTH:
        raise Invalid("name", f"At most {NAME_LENGTH} characters.")
    with call.service.store.write() as session:
        groups = group_settings(session)
        before = msgspec.to_builtins(groups[request.name]) if request.name in groups else None
        after = msgspec.to_builtins(request.settings)
        session.merge(
            Setting(
                key=GROUPS,
                value=msgspec.to_builtins(
                    _Groups(groups=groups | {request.name: request.settings})
                ),
            )
        )
        audit.record(
            session,
            call.now,
            call.operator.id,
            "kiosk.group_changed",
            "",
            group=request.name,
            **_difference(before, after),
        )
        changed(session, "kiosks")
    return Nothing()


@handles(api.remove_kiosk)
def remove_kiosk(call: Call, request: ById) -> Nothing:
    with call.service.store.write() as session:
        row = _kiosk(session, request.id)
        _remove(row, call.now)
        audit.record(session, call.now, call.operator.id, "kiosk.removed", row.id)
        changed(session, "kiosks", row.id)
    return Nothing()


def _remove(row: Kiosk, now: datetime) -> None:
    """It cannot call any more; what it logged stays."""
    row.removed_at, row.token_hash, row.pairing_hash = now, "", ""


def _kiosk(session: Session, kiosk_id: str) -> Kiosk:
    row = session.get(Kiosk, kiosk_id)
    if row is None or row.removed_at is not None:
        raise NotFound("This kiosk does not exist any more.")
    return row


def _name(row: Kiosk, name: str, location: str, group: str) -> None:
    for field, value in (("name", name), ("location", location), ("group", group)):
        if len(value.strip()) > NAME_LENGTH:
            raise Invalid(field, f"At most {NAME_LENGTH} characters.")
    if not name.strip():
        raise Invalid("name", "Give the kiosk a name, for example the door it stands at.")
    row.name, row.location, row.group_name = name.strip(), location.strip(), group.strip()


def _difference(
    before: dict[str, object] | None, after: dict[str, object] | None
) -> dict[str, object]:
    """What changed, for the audit trail."""
    old, new = before or {}, after or {}
    fields = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return {
        "before": {name: old.get(name) for name in fields},
        "after": {name: new.get(name) for name in fields},
    }
