"""Everything that the KEK itself seals: where it lies, and as what it is sealed.

Whoever seals something of another kind lists it here, so that a rotation of the KEK finds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from console.store.schema import Quarantine, SecondFactor, Setting, SiteKey, Terminal
from console.store.unit_of_work import Tx
from console.store.vault import Place, Unsealable, pair_place, site_place

log = structlog.get_logger()
EMAIL_KIND = "mail"
"""Of the password of the email server."""
SITE_SETTING = "site"
Column = InstrumentedAttribute[Any]


def terminal_key_kind(terminal_id: str) -> str:
    """Of the comm key of a terminal."""
    return f"terminal {terminal_id}"


def names_kind(terminal_id: str) -> str:
    """Of names as a terminal shows them."""
    return f"names {terminal_id}"


def second_factor_kind(operator_id: str) -> str:
    """Of the secret that makes an operator's codes."""
    return f"second factor {operator_id}"


def line_kind(terminal_id: str, key: str) -> str:
    """Of a line that was set aside."""
    return f"line {terminal_id} {key}"


@dataclass(frozen=True, kw_only=True)
class SealedColumn:
    """A column with sealed values. key: the row's primary key; place: of the value of a row."""

    column: Column
    key: Column
    place: Callable[[Any], Place]


COLUMNS = (
    SealedColumn(
        column=SiteKey.private_sealed,
        key=SiteKey.version,
        place=lambda row: pair_place(row.version),
    ),
    SealedColumn(
        column=Terminal.key_sealed,
        key=Terminal.id,
        place=lambda row: site_place(terminal_key_kind(row.id)),
    ),
    SealedColumn(
        column=Terminal.names_sealed,
        key=Terminal.id,
        place=lambda row: site_place(names_kind(row.id)),
    ),
    SealedColumn(
        column=SecondFactor.sealed,
        key=SecondFactor.operator_id,
        place=lambda row: site_place(second_factor_kind(row.operator_id)),
    ),
    SealedColumn(
        column=SecondFactor.offered,
        key=SecondFactor.operator_id,
        place=lambda row: site_place(second_factor_kind(row.operator_id)),
    ),
    SealedColumn(
        column=Quarantine.sealed,
        key=Quarantine.id,
        place=lambda row: site_place(line_kind(row.terminal_id, row.key or "")),
    ),
)


def renew_column(tx: Tx, sealed: SealedColumn, after: Any, most: int) -> Any:
    """Seals some values anew, from the row behind this key on. Returns the last key, or None."""
    query = select(sealed.column.class_).where(sealed.column.is_not(None))
    if after is not None:
        query = query.where(sealed.key > after)
    rows = list(tx.scalars(query.order_by(sealed.key).limit(most)))
    for row in rows:
        value = _renewed(tx, sealed.place(row), getattr(row, sealed.column.key))
        if value is not None:
            setattr(row, sealed.column.key, value)
    return getattr(rows[-1], sealed.key.key) if rows else None


def renew_settings(tx: Tx) -> None:
    """Seals the secrets among the settings anew."""
    for row in tx.scalars(select(Setting)).all():
        if isinstance(row.value.get("sealed"), str):
            value = _renewed(tx, site_place(row.key), bytes.fromhex(row.value["sealed"]))
            if value is not None:
                row.value = {**row.value, "sealed": value.hex()}
        elif row.key == SITE_SETTING:
            _renew_email(tx, row)


def _renew_email(tx: Tx, row: Setting) -> None:
    email = row.value.get("email", {})
    password = msgspec.convert(email.get("password_sealed", ""), bytes)
    value = _renewed(tx, site_place(EMAIL_KIND), password) if password else None
    if value is not None:
        email = {**email, "password_sealed": msgspec.to_builtins(value)}
        row.value = {**row.value, "email": email}


def _renewed(tx: Tx, place: Place, value: bytes) -> bytes | None:
    """What no key of the site opens stays as it is: it was damaged before, and is told of."""
    try:
        return tx.vault.renew_seal(place, value)
    except Unsealable:
        log.warning("seal_not_renewed", place="|".join(place[:2]))
        return None
