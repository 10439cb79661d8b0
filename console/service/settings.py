"""What the site has set, kept in the store. The email password is sealed."""

import msgspec
from sqlalchemy.orm import Session

from console.api.fingers import ReaderSettings
from console.biometrics.faces.quality.profiles import DEFAULT_PROFILE
from console.store.database import changed
from console.store.schema import Setting
from console.store.vault import Vault

KEY, READERS, ROTATION = "site", "readers", "face_rotation"


class EmailServer(msgspec.Struct, frozen=True, kw_only=True):
    """password_sealed: base64 by msgspec; opened only to sign in to the server."""

    host: str = ""
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password_sealed: bytes = b""
    sender: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    site: str = ""
    portal_url: str = ""
    email: EmailServer = EmailServer()
    screening_profile: str = DEFAULT_PROFILE
    second_check: bool = True


def load_settings(session: Session) -> Settings:
    row = session.get(Setting, KEY)
    return Settings() if row is None else msgspec.convert(row.value, Settings)


def save_settings(session: Session, settings: Settings) -> None:
    session.merge(Setting(key=KEY, value=msgspec.to_builtins(settings)))
    changed(session, "site")


def load_readers(session: Session) -> ReaderSettings:
    row = session.get(Setting, READERS)
    return ReaderSettings(aliases=[]) if row is None else msgspec.convert(row.value, ReaderSettings)


def save_readers(session: Session, settings: ReaderSettings) -> None:
    session.merge(Setting(key=READERS, value=msgspec.to_builtins(settings)))
    changed(session, "readers")


def load_rotation(vault: Vault, session: Session) -> bytes:
    """The seed of the site's rotation of face vectors; empty before there is one."""
    row = session.get(Setting, ROTATION)
    return b"" if row is None else vault.open_site(ROTATION, bytes.fromhex(row.value["sealed"]))


def save_rotation(vault: Vault, session: Session, seed: bytes) -> None:
    session.merge(Setting(key=ROTATION, value={"sealed": vault.seal_site(ROTATION, seed).hex()}))


def seal_password(vault: Vault, password: str) -> bytes:
    return vault.seal_site("mail", password.encode())


def open_password(vault: Vault, settings: Settings) -> str:
    sealed = settings.email.password_sealed
    return vault.open_site("mail", sealed).decode() if sealed else ""
