"""The keys that sign releases, and the root that says which keys count and how many of them.

All keys are Ed25519. A private key lies in a PEM file under a passphrase, its public part beside
it.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Metadata, Role, Root, Snapshot, Targets, Timestamp

Ask = Callable[[str], bytes]
"""Asks for the passphrase of the key file with this name."""
ROOT_DAYS = 3 * 365


class CannotSign(Exception):
    """A key or a file does not fit; the message says which."""


def new_key(file: Path, ask: Ask) -> Path:
    """Makes a key; returns the file with its public part. Raises FileExistsError."""
    private = Ed25519PrivateKey.generate()
    sealed = BestAvailableEncryption(ask(file.name))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)
    with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(pem)
    public = file.with_suffix(".pub")
    form = PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(private.public_key().public_bytes(Encoding.PEM, form))
    return public


def signer_of(file: Path, ask: Ask) -> CryptoSigner:
    """The private key in a file. Raises CannotSign."""
    try:
        private = load_pem_private_key(file.read_bytes(), ask(file.name))
    except (OSError, ValueError, TypeError) as error:
        raise CannotSign(f"{file} cannot be opened: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CannotSign(f"{file} is no Ed25519 key.")
    return CryptoSigner(private)


def public_key(file: Path) -> SSlibKey:
    """Raises CannotSign."""
    try:
        return SSlibKey.from_crypto(load_pem_public_key(file.read_bytes()))
    except (OSError, ValueError) as error:
        raise CannotSign(f"{file} is no public key: {error}") from error


def write_root(
    file: Path, root_keys: Sequence[Path], threshold: int, targets: Path, online: Path, days: int
) -> int:
    """Writes the root that names these keys, to be signed; returns its version.

    A file that is there is replaced by its next version. Raises CannotSign.
    """
    if not 0 < threshold <= len(root_keys):
        raise CannotSign("The threshold is at least one and at most the number of root keys.")
    root = Root(
        version=load_root(file).signed.version + 1 if file.exists() else 1,
        expires=in_days(days),
        consistent_snapshot=True,
    )
    root.roles[Root.type] = Role([], threshold)
    for key in root_keys:
        root.add_key(public_key(key), Root.type)
    root.add_key(public_key(targets), Targets.type)
    for role in (Snapshot.type, Timestamp.type):
        root.add_key(public_key(online), role)
    Metadata(root).to_file(str(file))
    return root.version


def sign_root(file: Path, key: Path, ask: Ask, before: Path | None = None) -> int:
    """Adds a signature; returns how many are missing. Raises CannotSign.

    before: the version before, whose keys must agree, too.
    """
    root = load_root(file)
    root.sign(signer_of(key, ask), append=True)
    root.to_file(str(file))
    judges = [root.signed] + ([load_root(before).signed] if before else [])
    payload = root.signed_bytes
    missing = 0
    for judge in judges:
        found = judge.get_verification_result(Root.type, payload, root.signatures)
        missing = max(missing, found.threshold - len(found.signed))
    return missing


def load_root(file: Path) -> Metadata[Root]:
    """Raises CannotSign."""
    try:
        loaded = Metadata[Root].from_file(str(file))
    except Exception as error:  # the library has many for a file that is none
        raise CannotSign(f"{file} is no root: {error}") from error
    if not isinstance(loaded.signed, Root):
        raise CannotSign(f"{file} is no root.")
    return loaded


def in_days(days: int) -> datetime:
    """When something that is signed now ends, to the second."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
