"""The certificate by which the service proves itself on its own computer. AC8.

Each start of the service makes a new one, whose key is in its memory alone. The file in which the
service announces itself names it: a program that takes the port after the service has ended cannot
show it, and is told no password and no token.
"""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from console.site_certificates import private_pem, self_signed

LASTS = timedelta(days=3650)
"""Longer than any service runs: a clock that leaps must not cut it off from its consoles."""


class LoopbackCertificate:
    """A certificate for one address of this computer, and what serves with it."""

    def __init__(self, host: str) -> None:
        now = datetime.now(UTC)
        certificate, key = self_signed("Muster on this computer", now - LASTS, now + LASTS, [host])
        public = certificate.public_bytes(Encoding.PEM)
        self.text = public.decode("ascii")
        """PEM, for those who are to trust it."""
        self.context = _serving(public + private_pem(key))


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
