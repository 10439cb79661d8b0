"""A certificate authority of the site's own, and a certificate of it for terminals that use TLS."""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LASTS = timedelta(days=3650)
CERTIFICATE_LASTS = timedelta(days=825)
"""The longest that clients in the field take."""
BACKDATED = timedelta(days=1)
"""Terminals whose clock is behind take the certificate, too."""


@dataclass(frozen=True)
class CertificateFiles:
    """authority: what terminals are given to trust; certificate, key: what the service is given."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True)
class CertificateFacts:
    """What an operator compares and watches. fingerprint: SHA-256 in hexadecimal pairs."""

    fingerprint: str
    ends: datetime


def read_certificate(path: Path) -> CertificateFacts:
    """The first certificate of a file, which terminals are shown. Raises OSError, ValueError."""
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    digest = certificate.fingerprint(hashes.SHA256())
    return CertificateFacts(digest.hex(":").upper(), certificate.not_valid_after_utc)


def make_certificate(
    folder: Path, names: Sequence[str], lasts: timedelta = CERTIFICATE_LASTS
) -> CertificateFiles:
    """Writes a certificate for these names and addresses. The authority is kept if there is one.

    Raises OSError, ValueError for files that are not what they should be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority, signing = _authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_named(names[0]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(min(now + lasts, authority.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([_alternative(one) for one in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False
        )
        .sign(signing, hashes.SHA256())
    )
    files = CertificateFiles(folder / "authority.pem", folder / "push.pem", folder / "push.key")
    chain = (certificate, authority)
    _write(files.certificate, b"".join(one.public_bytes(_PEM) for one in chain))
    _write(files.key, private_pem(key), secret=True)
    return files


_PEM = serialization.Encoding.PEM


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    public, secret = folder / "authority.pem", folder / "authority.key"
    if public.exists():
        kept = serialization.load_pem_private_key(secret.read_bytes(), None)
        if not isinstance(kept, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{secret} is not a key that this program made")
        return x509.load_pem_x509_certificate(public.read_bytes()), kept
    now = datetime.now(UTC)
    span = now - BACKDATED, now + AUTHORITY_LASTS
    certificate, key = self_signed("Muster, authority of this site", *span)
    _write(secret, private_pem(key), secret=True)
    _write(public, certificate.public_bytes(_PEM))
    return certificate, key


def self_signed(
    name: str, since: datetime, until: datetime, addresses: Sequence[str] = ()
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate that vouches for itself, for these names and addresses; and its key."""
    key, named = ec.generate_private_key(ec.SECP256R1()), _named(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    if addresses:
        meant = x509.SubjectAlternativeName([_alternative(one) for one in addresses])
        builder = builder.add_extension(meant, False)
    return builder.sign(key, hashes.SHA256()), key


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as PEM, in the clear."""
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Written whole or not at all; a secret is never readable for others."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
    with open(handle, "wb") as file:
        file.write(content)
    os.replace(draft, path)
