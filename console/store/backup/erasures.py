"""The list of erasures and withdrawals that lies beside the backups.

A backup that is restored knows nothing of what came after it. The list does: ids and times, and a
mark that only the site's key can make, so that nobody else can have people erased by it.
"""

import hmac
import os
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import select

from console.domain.backups import UNFINISHED, BackupProblem
from console.domain.erasure import ErasureState
from console.domain.language import msgid
from console.store.schema import Consent, Erasure
from console.store.unit_of_work import ReadTx
from console.store.vault import Vault

MARK = "erasures beside backups"
MOST_BYTES = 256 << 20


class Erased(msgspec.Struct, frozen=True, array_like=True):
    """A person who was erased: the id of their row, and when that was asked for."""

    employee_id: str
    asked_at: datetime


class Withdrawn(msgspec.Struct, frozen=True, array_like=True):
    """A consent that was withdrawn. modality: as the consent's row has it."""

    employee_id: str
    modality: str
    at: datetime


class ErasureList(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, up to the moment as_of."""

    site: str
    as_of: datetime
    erased: list[Erased]
    withdrawn: list[Withdrawn]


class _Marked(msgspec.Struct, frozen=True, kw_only=True):
    document: str
    mark: str


def list_name(site: str) -> str:
    """The name of the list's file."""
    return f"muster-{site}-erasures.json"


def gather(tx: ReadTx, site: str) -> ErasureList:
    """What a backup made before now does not know of."""
    asked = select(Erasure.employee_id, Erasure.asked_at)
    asked = asked.where(Erasure.state != ErasureState.PROPOSED).order_by(Erasure.id)
    ended = select(Consent.employee_id, Consent.modality, Consent.withdrawn_at)
    ended = ended.where(Consent.withdrawn_at.is_not(None)).order_by(Consent.id)
    return ErasureList(
        site=site,
        as_of=tx.now,
        erased=[Erased(who, at) for who, at in tx.execute(asked)],
        withdrawn=[Withdrawn(who, what, at) for who, what, at in tx.execute(ended) if at],
    )


def write_list(folder: Path, found: ErasureList, vault: Vault) -> None:
    """Writes the file, whole or not at all. Raises OSError."""
    text = msgspec.json.encode(found).decode()
    marked = _Marked(document=text, mark=vault.mark_site(MARK, text.encode()))
    target = folder / list_name(found.site)
    draft = target.with_name(target.name + UNFINISHED)
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(marked))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, target)


def read_list(file: Path, site: str, vault: Vault) -> ErasureList:
    """The list as the site has written it. Raises BackupProblem, OSError."""
    altered = BackupProblem(
        msgid(
            "{name} is not as this site has written it, so nobody can tell who was erased. Take "
            "it from another place of the backups."
        ).format(
            name=file.name,
        )
    )
    if file.stat().st_size > MOST_BYTES:
        raise altered
    try:
        marked = msgspec.json.decode(file.read_bytes(), type=_Marked)
        if not hmac.compare_digest(vault.mark_site(MARK, marked.document.encode()), marked.mark):
            raise altered
        found = msgspec.json.decode(marked.document, type=ErasureList)
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        TypeError,
    ):  # TypeError: a mark with letters beyond ASCII
        raise altered from None
    if found.site != site:
        raise altered
    return found
