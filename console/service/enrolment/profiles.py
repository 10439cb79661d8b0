"""Screening profiles of the site: those that ship and its own, each version kept with the verdicts it gave."""

import msgspec
from sqlalchemy.orm import Session

from console.biometrics.faces.quality.profiles import (
    DEFAULT_PROFILE,
    PROFILES,
    BadProfile,
    Limits,
    Profile,
    check_profile,
)
from console.domain.errors import Conflict, Invalid, NotFound
from console.service.settings import load_settings
from console.store.database import changed
from console.store.schema import Setting

KEY = "screening_profiles"
MOST = 20


class _Own(msgspec.Struct, frozen=True, kw_only=True):
    profiles: list[Profile]


def own_profiles(session: Session) -> dict[str, Profile]:
    row = session.get(Setting, KEY)
    return (
        {} if row is None else {one.name: one for one in msgspec.convert(row.value, _Own).profiles}
    )


def all_profiles(session: Session) -> dict[str, Profile]:
    return {**PROFILES, **own_profiles(session)}


def profile_in_use(session: Session) -> Profile:
    return all_profiles(session).get(
        load_settings(session).screening_profile, PROFILES[DEFAULT_PROFILE]
    )


def save_profile(session: Session, name: str, gates: dict[str, Limits]) -> Profile:
    """Keeps one of the site's own under the next version. Raises Invalid."""
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise Invalid("name", "Give the profile a name of at most 40 characters.")
    if name.casefold() in {one.casefold() for one in PROFILES}:
        raise Invalid(
            "name", f"“{name}” ships with Muster and stays as it is. Give yours another name."
        )
    own = own_profiles(session)
    if name not in own and len(own) >= MOST:
        raise Invalid("name", f"{MOST} profiles of one's own are enough. Delete one first.")
    before = own.get(name)
    profile = Profile(name, before.version + 1 if before else 1, gates)
    if before is not None and before.gates == gates:
        return before
    try:
        check_profile(profile)
    except BadProfile as bad:
        raise Invalid(f"gates.{bad.gate}", str(bad)) from bad
    _keep(session, own | {name: profile})
    return profile


def delete_profile(session: Session, name: str) -> None:
    """Raises NotFound; Conflict while it is in use."""
    own = own_profiles(session)
    if name not in own:
        raise NotFound("This profile does not exist, or ships with Muster.")
    if load_settings(session).screening_profile == name:
        raise Conflict("This profile is in use. Choose another one in the settings first.")
    _keep(session, {key: one for key, one in own.items() if key != name})


def _keep(session: Session, own: dict[str, Profile]) -> None:
    session.merge(Setting(key=KEY, value=msgspec.to_builtins(_Own(profiles=list(own.values())))))
    changed(session, "site")
