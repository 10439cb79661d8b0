"""Sealing at rest: AES-256-GCM with one key per person, wrapped by the site's KEK (RFC 3394).

A sealed value is a version byte, a 96-bit nonce, and the ciphertext with its tag. The AAD names
table, row and kind, so a value that was copied to another row or person does not open.

While the KEK is rotated (`store/rotation.py`) there are two: both open, the newer one seals.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.domain.erasure import ErasureState
from console.domain.errors import Conflict
from console.domain.language import tr
from console.store.keys import SiteKeys, kek_number
from console.store.schema import Erasure, PersonKey, SiteKey

FORMAT = 1
NONCE_BYTES = 12
AAD_VERSION = 1
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
    return f"{table}|{row_id}|{kind}|{AAD_VERSION}".encode()


Place = tuple[str, str, str]
"""(table, row, kind) of a value that the KEK itself seals."""


def site_place(kind: str) -> Place:
    """The place of a secret of the site itself."""
    return "site", "", kind


def pair_place(version: int) -> Place:
    """The place of the private part of an HPKE pair."""
    return "site_key", str(version), "hpke"


class Vault:
    """Seals and opens values with keys that only the service holds."""

    def __init__(self, keys: bytes) -> None:
        """keys: as they are held, see `SiteKeys.decode`. Raises KeyMissing."""
        self._put_in_force(SiteKeys.decode(keys), older=())

    def use_keys(self, keys: SiteKeys) -> None:
        """Seals and wraps by these from now on. In a service, only while nobody else writes.

        Until this process ends, what the keys before have sealed opens, too: somebody may still
        read what was before.
        """
        self._put_in_force(keys, older=self._keks)

    def _put_in_force(self, keys: SiteKeys, older: tuple[bytes, ...]) -> None:
        self.keys = keys
        self._keks = tuple(dict.fromkeys((keys.newest, keys.kek, *older)))

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

    def wrap_keys(self, wrap: Callable[[bytes], bytes]) -> bytes:
        """The site's keys, wrapped by what is given, as they leave this computer."""
        return wrap(self.keys.encode())

    def seal_site(self, kind: str, plain: bytes) -> bytes:
        """Seals a secret of the site itself, an email password for example."""
        return _seal(self._keks[0], plain, _aad(*site_place(kind)))

    def open_site(self, kind: str, sealed: bytes) -> bytes:
        """Opens a secret of the site itself. Raises Unsealable."""
        return self._open_by_kek(site_place(kind), sealed)

    def _open_by_kek(self, place: Place, sealed: bytes) -> bytes:
        for kek in self._keks[:-1]:
            with suppress(Unsealable):
                return _open(kek, sealed, _aad(*place))
        return _open(self._keks[-1], sealed, _aad(*place))

    def renew_seal(self, place: Place, sealed: bytes) -> bytes | None:
        """The value sealed by the newest KEK; None if it is already. Raises Unsealable."""
        with suppress(Unsealable):
            _open(self._keks[0], sealed, _aad(*place))
            return None
        return _seal(self._keks[0], self._open_by_kek(place, sealed), _aad(*place))

    def renew_wrap(self, wrapped: bytes) -> bytes:
        """A person's key, wrapped by the newest KEK. Raises Unsealable."""
        return aes_key_wrap(self._keks[0], self._unwrap(wrapped))

    def _unwrap(self, wrapped: bytes) -> bytes:
        for kek in self._keks:
            with suppress(InvalidUnwrap):
                return aes_key_unwrap(kek, wrapped)
        raise Unsealable("the key of this person was wrapped by another key of the site")

    def mark_site(self, kind: str, plain: bytes) -> str:
        """Identifies a value (32 hex digits); without the key nobody can find out what it is."""
        return hmac.new(
            self.keys.marks, _aad("mark", "", kind) + plain, hashlib.sha256
        ).hexdigest()[:32]

    def _person_key(self, session: Session, employee_id: str, create: bool) -> bytes:
        row = session.get(PersonKey, employee_id)
        if row is not None:
            return self._unwrap(row.wrapped)
        if not create:
            raise Unsealable("the key of this person was destroyed")
        made = self._new_key(session, employee_id)
        session.add(made)
        session.flush()
        return self._unwrap(made.wrapped)

    def _new_key(self, session: Session, employee_id: str) -> PersonKey:
        erased = select(Erasure.id).where(
            Erasure.employee_id == employee_id, Erasure.state != ErasureState.PROPOSED
        )
        if session.scalar(erased.limit(1)) is not None:
            raise Conflict(tr("This person was erased meanwhile."))
        kek = self._keks[0]
        return PersonKey(
            employee_id=employee_id,
            wrapped=aes_key_wrap(kek, AESGCM.generate_key(256)),
            kek_version=kek_number(kek),
        )

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
            sealed = _seal(self._keks[0], secret, _aad(*pair_place(1)))
            row = SiteKey(version=1, public=public, private_sealed=sealed, created_at=now)
            session.add(row)
            session.flush()
        return row

    def open_upload(self, session: Session, key_version: int, info: bytes, sealed: bytes) -> bytes:
        """Opens what a browser sealed. Raises Unsealable."""
        row = session.get(SiteKey, key_version)
        if row is None:
            raise Unsealable("sealed to a key that this site does not have")
        secret = self._open_by_kek(pair_place(key_version), row.private_sealed)
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
