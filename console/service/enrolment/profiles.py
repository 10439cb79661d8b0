"""Screening profiles of the site: those that ship and its own.

Each version is kept with the verdicts that it gave.
"""

import msgspec

from console.biometrics.faces.quality.profiles import (
    DEFAULT_PROFILE,
    PROFILES,
    GateBounds,
    ProfileError,
    ScreeningProfile,
    check_profile,
)
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.language import tr
from console.service.settings import keep_setting, load_settings
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx, Tx

KEY = "screening_profiles"
MOST = 20


class _OwnProfiles(msgspec.Struct, frozen=True, kw_only=True):
    profiles: list[ScreeningProfile]


def own_profiles(tx: ReadTx) -> dict[str, ScreeningProfile]:
    """Those of the site, by name."""
    row = tx.get(Setting, KEY)
    if row is None:
        return {}
    return {one.name: one for one in msgspec.convert(row.value, _OwnProfiles).profiles}


def all_profiles(tx: ReadTx) -> dict[str, ScreeningProfile]:
    """By name; those that ship come first."""
    return {**PROFILES, **own_profiles(tx)}


def profile_in_use(tx: ReadTx) -> ScreeningProfile:
    """What new photos are judged by."""
    chosen = load_settings(tx).screening_profile
    return all_profiles(tx).get(chosen, PROFILES[DEFAULT_PROFILE])


def save_profile(tx: Tx, name: str, gates: dict[str, GateBounds]) -> ScreeningProfile:
    """Keeps one of the site's own under the next version. Raises Invalid."""
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise Invalid("name", tr("Give the profile a name of at most 40 characters."))
    if name.casefold() in {one.casefold() for one in PROFILES}:
        raise Invalid(
            "name",
            tr(
                "“{name}” is built in and cannot be changed. Give your profile another name.",
                name=name,
            ),
        )
    own = own_profiles(tx)
    if name not in own and len(own) >= MOST:
        raise Invalid(
            "name", tr("There are already {most} custom profiles. Delete one first.", most=MOST)
        )
    before = own.get(name)
    profile = ScreeningProfile(name, before.version + 1 if before else 1, gates)
    if before is not None and before.gates == gates:
        return before
    try:
        check_profile(profile)
    except ProfileError as bad:
        raise Invalid(f"gates.{bad.gate}", str(bad)) from bad
    _keep(tx, own | {name: profile})
    tx.audit("profile.saved", profile.name, version=profile.version)
    return profile


def delete_profile(tx: Tx, name: str) -> None:
    """Raises NotFound; Conflict while it is in use."""
    own = own_profiles(tx)
    if name not in own:
        raise NotFound(tr("This profile does not exist, or is built in."))
    if load_settings(tx).screening_profile == name:
        raise Conflict(tr("This profile is in use. Choose another one in the settings first."))
    _keep(tx, {key: one for key, one in own.items() if key != name})
    tx.audit("profile.deleted", name)


def _keep(tx: Tx, own: dict[str, ScreeningProfile]) -> None:
    keep_setting(tx, KEY, _OwnProfiles(profiles=list(own.values())))
    tx.flush()
    tx.changed("site")
