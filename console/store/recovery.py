"""The recovery key: it brings a site back whose keyring is lost, and it opens the backups.

The paper yields an X25519 pair. Only the public part is stored, beside the site's key (KEK) that is
wrapped to it with HPKE (RFC 9180): this computer can seal to the paper, but open nothing of it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from console.domain.errors import Conflict
from console.domain.language import tr
from console.domain.recovery_key import fingerprint
from console.recovery_pair import key_pair, open_with, public_bytes, seal_to
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx, Tx

SETTING = "recovery_key"
KEK_CONTEXT = b"muster site key v1|"
SITE_ID_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """The recovery key in force. public: X25519, 32 bytes; wrapped: the site's keys, sealed to it.

    site: 8 hex digits that stay with the site, by which its backups are told from others; keys: the
    fingerprint of the keys that are wrapped, empty where an earlier version has wrapped them.
    """

    site: str
    public: bytes
    wrapped: bytes
    made_at: datetime
    keys: str

    @property
    def fingerprint(self) -> str:
        """As people compare it."""
        return fingerprint(self.public)


def load_recovery(tx: ReadTx) -> Recovery | None:
    """The recovery key in force; None before there is one."""
    row = tx.get(Setting, SETTING)
    if row is None:
        return None
    return Recovery(
        site=row.value["site"],
        public=bytes.fromhex(row.value["public"]),
        wrapped=bytes.fromhex(row.value["wrapped"]),
        made_at=datetime.fromisoformat(row.value["made_at"]),
        keys=row.value.get("keys", ""),
    )


def set_recovery_key(tx: Tx, secret: bytes) -> Recovery:
    """Puts a recovery key in force, in place of the one before. Audited.

    Raises Conflict if the site's keys are no longer those of this process.
    """
    before, public = load_recovery(tx), public_bytes(key_pair(secret))
    if before is not None and before.keys not in ("", tx.vault.keys.fingerprint):
        raise Conflict(tr("The key of the site was changed meanwhile. Begin again."))
    site = before.site if before is not None else secrets.token_hex(SITE_ID_BYTES)
    made = _wrap(tx, site, public, tx.now)
    act = "recovery_key.made" if before is None else "recovery_key.replaced"
    tx.audit(act, key=made.fingerprint)
    tx.changed("backups")
    return made


def renew_recovery(tx: Tx, before: Recovery) -> None:
    """Wraps the site's keys, as they are now, to the recovery key in force."""
    _wrap(tx, before.site, before.public, before.made_at)


def _wrap(tx: Tx, site: str, public: bytes, made_at: datetime) -> Recovery:
    made = Recovery(
        site=site,
        public=public,
        wrapped=tx.vault.wrap_keys(lambda keys: seal_to(public, keys, KEK_CONTEXT + site.encode())),
        made_at=made_at,
        keys=tx.vault.keys.fingerprint,
    )
    value = {
        "site": made.site,
        "public": made.public.hex(),
        "wrapped": made.wrapped.hex(),
        "made_at": made.made_at.isoformat(),
        "keys": made.keys,
    }
    tx.session.merge(Setting(key=SETTING, value=value))
    return made


def unwrap_keys(recovery: Recovery, pair: X25519PrivateKey) -> bytes:
    """The site's keys as they are held, by the paper. Raises OtherRecoveryKey."""
    return open_wrapped(recovery.wrapped, pair, recovery.site)


def open_wrapped(wrapped: bytes, pair: X25519PrivateKey, site: str) -> bytes:
    """What `Recovery.wrapped` was at some time. Raises OtherRecoveryKey."""
    return open_with(pair, wrapped, KEK_CONTEXT + site.encode())
