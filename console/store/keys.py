"""The site's keys: the key-encryption key (KEK), and the key of marks. A key holder stores them."""

import hashlib
import secrets
from dataclasses import dataclass, replace

from console.key_holder import KeyHolder

KEK_BYTES = 32


class KeyMissing(Exception):
    """Data exists, but the key that opens it does not."""


@dataclass(frozen=True, kw_only=True)
class SiteKeys:
    """What is held in the keyring, and wrapped to the recovery key.

    kek: wraps people's keys and seals the site's own secrets; marks: identifies values, and never
    changes, because what was marked is not stored; next: the KEK that takes the place of `kek`,
    empty unless a rotation is under way.
    """

    kek: bytes
    marks: bytes
    next: bytes = b""

    @classmethod
    def make(cls) -> "SiteKeys":
        """The keys of a new site."""
        return cls(kek=secrets.token_bytes(KEK_BYTES), marks=secrets.token_bytes(KEK_BYTES))

    @classmethod
    def decode(cls, held: bytes) -> "SiteKeys":
        """As `encode` wrote them. Older sites hold their KEK alone, which also makes their marks.

        Raises KeyMissing.
        """
        if len(held) not in (KEK_BYTES, 2 * KEK_BYTES, 3 * KEK_BYTES):
            raise KeyMissing("The key of this site is damaged.")
        kek, marks, following = (held[place : place + KEK_BYTES] for place in (0, 32, 64))
        return cls(kek=kek, marks=marks or kek, next=following)

    def encode(self) -> bytes:
        """As they are held: 64 bytes, 96 while a rotation is under way, 32 of an older site."""
        if self == SiteKeys(kek=self.kek, marks=self.kek):
            return self.kek
        return self.kek + self.marks + self.next

    @property
    def newest(self) -> bytes:
        """The KEK that wraps and seals."""
        return self.next or self.kek

    @property
    def fingerprint(self) -> str:
        """Tells sets of keys apart and says nothing of them (16 hex digits)."""
        return hashlib.sha256(b"muster site keys" + self.encode()).hexdigest()[:16]

    def begin_rotation(self) -> "SiteKeys":
        """With a new KEK beside the one in force; the same keys if a rotation is under way."""
        return self if self.next else replace(self, next=secrets.token_bytes(KEK_BYTES))

    def end_rotation(self) -> "SiteKeys":
        """With the newest KEK alone."""
        return replace(self, kek=self.newest, next=b"")


def kek_number(kek: bytes) -> int:
    """Names a KEK in rows that it wraps, and says nothing of it. Fits 31 bits."""
    digest = hashlib.sha256(b"muster kek" + kek).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def load_keys(holder: KeyHolder, data_exists: bool) -> bytes:
    """The site's keys as they are held. New ones are made only for a site without data.

    Raises KeyMissing.
    """
    held = holder.get()
    if held is None:
        if data_exists:
            raise KeyMissing(
                "The key of this site is missing from the keyring. "
                "Start Muster as the user who set it up."
            )
        held = SiteKeys.make().encode()
        holder.set(held)
    SiteKeys.decode(held)
    return held
