"""The recovery key: it brings a site back whose keyring is lost, and it opens the backups.

The paper yields an X25519 pair. Only the public part is stored, beside the site's key (KEK) that is
wrapped to it with HPKE (RFC 9180): this computer can seal to the paper, but open nothing of it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from console.domain.recovery_key import fingerprint
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx, Tx

SETTING = "recovery_key"
PAIR_CONTEXT = b"muster recovery key v1"
KEK_CONTEXT = b"muster site key v1|"
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
SITE_ID_BYTES = 4


class OtherRecoveryKey(Exception):
    """Something was sealed to another recovery key, or was altered."""


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """The recovery key in force. public: X25519, 32 bytes; wrapped: the KEK, sealed to it.

    site: 8 hex digits that stay with the site, by which its backups are told from others.
    """

    site: str
    public: bytes
    wrapped: bytes
    made_at: datetime

    @property
    def fingerprint(self) -> str:
        """As people compare it."""
        return fingerprint(self.public)


def key_pair(secret: bytes) -> X25519PrivateKey:
    """The pair that a recovery key (32 bytes) yields."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PAIR_CONTEXT)
    return X25519PrivateKey.from_private_bytes(derive.derive(secret))


def public_bytes(pair: X25519PrivateKey) -> bytes:
    """The public part, 32 bytes."""
    return pair.public_key().public_bytes_raw()


def seal_to(public: bytes, plain: bytes, context: bytes) -> bytes:
    """Seals to a recovery key's public part; only the paper opens it."""
    return SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), context)


def open_with(pair: X25519PrivateKey, sealed: bytes, context: bytes) -> bytes:
    """Opens what was sealed to it. Raises OtherRecoveryKey."""
    try:
        return SUITE.decrypt(sealed, pair, context)
    except (InvalidTag, ValueError) as error:
        raise OtherRecoveryKey("sealed to another recovery key, or altered") from error


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
    )


def set_recovery_key(tx: Tx, secret: bytes) -> Recovery:
    """Puts a recovery key in force, in place of the one before. Audited."""
    before, public = load_recovery(tx), public_bytes(key_pair(secret))
    site = before.site if before is not None else secrets.token_hex(SITE_ID_BYTES)
    made = Recovery(
        site=site,
        public=public,
        wrapped=tx.vault.wrap_kek(lambda kek: seal_to(public, kek, KEK_CONTEXT + site.encode())),
        made_at=tx.now,
    )
    value = {
        "site": made.site,
        "public": made.public.hex(),
        "wrapped": made.wrapped.hex(),
        "made_at": made.made_at.isoformat(),
    }
    tx.session.merge(Setting(key=SETTING, value=value))
    act = "recovery_key.made" if before is None else "recovery_key.replaced"
    tx.audit(act, key=made.fingerprint)
    tx.changed("backups")
    return made


def unwrap_kek(recovery: Recovery, pair: X25519PrivateKey) -> bytes:
    """The site's key (32 bytes), by the paper. Raises OtherRecoveryKey."""
    return open_with(pair, recovery.wrapped, KEK_CONTEXT + recovery.site.encode())
