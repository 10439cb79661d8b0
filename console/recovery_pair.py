"""The X25519 pair that the recovery key on paper yields, and what is sealed to it (HPKE, RFC 9180).

Whoever has only the public part seals to the paper, and opens nothing of it.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PAIR_CONTEXT = b"muster recovery key v1"
PROOF_CONTEXT = b"muster recovery proof v2"
"""Of questions that only the paper answers. Nothing else is ever sealed under it, so whoever asks
cannot have anything else opened."""
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class OtherRecoveryKey(Exception):
    """Something was sealed to another recovery key, or was altered."""


def key_pair(secret: bytes) -> X25519PrivateKey:
    """The pair that a recovery key (32 bytes) yields."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PAIR_CONTEXT)
    return X25519PrivateKey.from_private_bytes(derive.derive(secret))


def public_bytes(pair: X25519PrivateKey) -> bytes:
    """The public part, 32 bytes."""
    return pair.public_key().public_bytes_raw()


def proof_of(opened: bytes, username: str, service: str) -> bytes:
    """The answer to a question, for this administrator and for the service at this address alone.

    opened: what was sealed. A service that passes the question on from another one, at another
    address or for another administrator, gets an answer that the other one refuses.
    """
    said = b"\0".join(part.encode() for part in ("recover", username.strip(), service))
    return hmac.digest(opened, said, hashlib.sha256)


def seal_to(public: bytes, plain: bytes, context: bytes) -> bytes:
    """Seals to a recovery key's public part; only the paper opens it."""
    return SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), context)


def open_with(pair: X25519PrivateKey, sealed: bytes, context: bytes) -> bytes:
    """Opens what was sealed to it. Raises OtherRecoveryKey."""
    try:
        return SUITE.decrypt(sealed, pair, context)
    except (InvalidTag, ValueError) as error:
        raise OtherRecoveryKey("sealed to another recovery key, or altered") from error
