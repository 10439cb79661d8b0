"""The site's key-encryption key (KEK). It is made at the first run and stored by a key holder."""

import secrets

from console.key_holder import KeyHolder

KEK_BYTES = 32


class KeyMissing(Exception):
    """Data exists, but the key that opens it does not."""


def load_kek(holder: KeyHolder, data_exists: bool) -> bytes:
    """The KEK (32 bytes). A new one is made only for a site without data. Raises KeyMissing."""
    kek = holder.get()
    if kek is None:
        if data_exists:
            raise KeyMissing(
                "The key of this site is missing from the keyring. "
                "Start Muster as the user who set it up."
            )
        kek = secrets.token_bytes(KEK_BYTES)
        holder.set(kek)
    if len(kek) != KEK_BYTES:
        raise KeyMissing("The key of this site is damaged.")
    return kek
