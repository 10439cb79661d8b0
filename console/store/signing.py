"""Documents signed with a key of the site's own: receipts, and exports of the login log."""

import base64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from console.store.schema import Setting
from console.store.unit_of_work import Tx

KEY = "receipt_key"


@dataclass(frozen=True)
class Signed:
    """A text and its signature (Ed25519, over the UTF-8 bytes). signature, key: base64."""

    document: str
    signature: str
    key: str

    @property
    def holds(self) -> bool:
        """Whether the document is what the owner of the key signed."""
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.key, validate=True))
            key.verify(base64.b64decode(self.signature, validate=True), self.document.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def sign(tx: Tx, document: str) -> Signed:
    """Signs with the site's key, which is made at first use."""
    key = _key(tx)
    return Signed(
        document=document,
        signature=base64.b64encode(key.sign(document.encode())).decode(),
        key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
    )


def _key(tx: Tx) -> Ed25519PrivateKey:
    row = tx.get(Setting, KEY)
    if row is not None:
        raw = tx.vault.open_site(KEY, bytes.fromhex(row.value["sealed"]))
        return Ed25519PrivateKey.from_private_bytes(raw)
    made = Ed25519PrivateKey.generate()
    sealed = tx.vault.seal_site(KEY, made.private_bytes_raw())
    tx.add(Setting(key=KEY, value={"sealed": sealed.hex()}))
    return made
