"""The certificate by which the service proves itself on its own computer. AC8.

Each start of the service makes a new one, whose key is in its memory alone. The file in which the
service announces itself names it: a program that takes the port after the service has ended cannot
show it, and is told no password and no token.
"""

import ipaddress
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LASTS = timedelta(days=3650)
"""Longer than any service runs: a clock that leaps must not cut it off from its consoles."""
_PEM = serialization.Encoding.PEM


class LoopbackCertificate:
    """A certificate for one address of this computer, and what serves with it."""

    def __init__(self, host: str, now: datetime | None = None) -> None:
        now = now or datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Muster on this computer")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LASTS)
            .not_valid_after(now + LASTS)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
            .sign(key, hashes.SHA256())
        )
        public = certificate.public_bytes(_PEM)
        secret = key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.text = public.decode("ascii")
        """PEM, for those who are to trust it."""
        self.context = _serving(public + secret)


def _serving(chain: bytes) -> ssl.SSLContext:
    """Python takes a key from a file only: it is there for a moment, for this account alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.pem"
        file.touch(0o600)
        file.write_bytes(chain)
        context.load_cert_chain(file)
    return context
