"""Sealing at rest: AES-256-GCM with one key per person, wrapped by the site's KEK (RFC 3394).

A sealed value is a version byte, a 96-bit nonce, and the ciphertext with its tag. The AAD names
table, row and kind, so a value that was copied to another row or person does not open.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.domain.erasure import ErasureState
from console.domain.errors import Conflict
from console.store.schema import Erasure, PersonKey, SiteKey

FORMAT = 1
NONCE_BYTES = 12
KEK_VERSION = 1
HPKE_CONTEXT = b"muster photo v1"
HPKE_SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class Unsealable(Exception):
    """The value was altered, moved to another row, or its key is gone."""


def _seal(key: bytes, plain: bytes, aad: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return bytes([FORMAT]) + nonce + AESGCM(key).encrypt(nonce, plain, aad)


def _open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    if len(sealed) < 1 + NONCE_BYTES + 16 or sealed[0] != FORMAT:
        raise Unsealable("not a sealed value of this version")
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], aad)
    except InvalidTag as error:
        raise Unsealable("the value was altered or belongs elsewhere") from error


def _aad(table: str, row_id: str, kind: str) -> bytes:
    return f"{table}|{row_id}|{kind}|{KEK_VERSION}".encode()


class Vault:
    """Seals and opens values with keys that only the service holds."""

    def __init__(self, kek: bytes) -> None:
        self._kek = kek

    def seal(
        self, session: Session, employee_id: str, table: str, row_id: str, kind: str, plain: bytes
    ) -> bytes:
        """Seals a value with the person's key, and makes the key if there is none.

        Raises Conflict for somebody who was erased: what was under way brings nobody back.
        """
        return _seal(
            self._person_key(session, employee_id, create=True), plain, _aad(table, row_id, kind)
        )

    def open(
        self, session: Session, employee_id: str, table: str, row_id: str, kind: str, sealed: bytes
    ) -> bytes:
        """Opens a value of a person. Raises Unsealable."""
        return _open(
            self._person_key(session, employee_id, create=False), sealed, _aad(table, row_id, kind)
        )

    def wrap_kek(self, wrap: Callable[[bytes], bytes]) -> bytes:
        """The site's key, wrapped by what is given: the one way in which it leaves the vault."""
        return wrap(self._kek)

    def seal_site(self, kind: str, plain: bytes) -> bytes:
        """Seals a secret of the site itself, an email password for example."""
        return _seal(self._kek, plain, _aad("site", "", kind))

    def open_site(self, kind: str, sealed: bytes) -> bytes:
        """Opens a secret of the site itself. Raises Unsealable."""
        return _open(self._kek, sealed, _aad("site", "", kind))

    def mark_site(self, kind: str, plain: bytes) -> str:
        """Identifies a value (32 hex digits); without the key nobody can find out what it is."""
        return hmac.new(self._kek, _aad("mark", "", kind) + plain, hashlib.sha256).hexdigest()[:32]

    def _person_key(self, session: Session, employee_id: str, create: bool) -> bytes:
        row = session.get(PersonKey, employee_id)
        if row is not None:
            return aes_key_unwrap(self._kek, row.wrapped)
        if not create:
            raise Unsealable("the key of this person was destroyed")
        made = self._new_key(session, employee_id)
        session.add(made)
        session.flush()
        return aes_key_unwrap(self._kek, made.wrapped)

    def _new_key(self, session: Session, employee_id: str) -> PersonKey:
        erased = select(Erasure.id).where(
            Erasure.employee_id == employee_id, Erasure.state != ErasureState.PROPOSED
        )
        if session.scalar(erased.limit(1)) is not None:
            raise Conflict("This person was erased meanwhile.")
        wrapped = aes_key_wrap(self._kek, AESGCM.generate_key(256))
        return PersonKey(employee_id=employee_id, wrapped=wrapped, kek_version=KEK_VERSION)

    def make_keys(self, session: Session, employee_ids: Sequence[str]) -> list[PersonKey]:
        """The keys of these people, read at once; those that are missing are made."""
        query = select(PersonKey).where(PersonKey.employee_id.in_(employee_ids))
        found = list(session.scalars(query))
        missing = set(employee_ids) - {row.employee_id for row in found}
        made = [self._new_key(session, employee_id) for employee_id in sorted(missing)]
        session.add_all(made)
        session.flush()
        return found + made

    def current_site_key(self, session: Session, now: datetime) -> SiteKey:
        """The newest HPKE pair, made at first use. The public part is the 65-byte P-256 point."""
        row = session.scalars(select(SiteKey).order_by(SiteKey.version.desc()).limit(1)).first()
        if row is None:
            private = ec.generate_private_key(ec.SECP256R1())
            secret = private.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            public = private.public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
            )
            sealed = _seal(self._kek, secret, _aad("site_key", "1", "hpke"))
            row = SiteKey(version=1, public=public, private_sealed=sealed, created_at=now)
            session.add(row)
            session.flush()
        return row

    def open_upload(self, session: Session, key_version: int, info: bytes, sealed: bytes) -> bytes:
        """Opens what a browser sealed. Raises Unsealable."""
        row = session.get(SiteKey, key_version)
        if row is None:
            raise Unsealable("sealed to a key that this site does not have")
        secret = _open(self._kek, row.private_sealed, _aad("site_key", str(key_version), "hpke"))
        private = serialization.load_der_private_key(secret, None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        try:
            return HPKE_SUITE.decrypt(sealed, private, info)
        except (InvalidTag, ValueError) as error:
            raise Unsealable("the upload was altered or sealed for another link") from error


def version_of(sealed: bytes) -> str:
    """A name for a sealed value (16 hex digits). It changes when the value is sealed anew."""
    return hashlib.sha256(sealed).hexdigest()[:16]


def upload_info(token_hash: str, slot: int) -> bytes:
    """HPKE `info` that binds a sealed photo to link and slot; portal/src/seal.ts builds it too."""
    return HPKE_CONTEXT + b"|" + token_hash.encode() + b"|" + str(slot).encode()
