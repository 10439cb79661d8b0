"""The verdict of screening as it is stored with a photo, and what it says in words."""

import msgspec

from console.domain.language import tr
from console.domain.screening import REFUSALS, GateFinding, GateOutcome, describe_gate, summary
from console.store.schema import Photo

NOT_KEPT = frozenset({"expression"})
"""Gates of which only the outcome is kept: whether the photo meets the criterion."""


class StoredRegion(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle in shares (0 to 1) of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


class StoredLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds that a gate was judged by. None: no bound."""

    reject_below: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    reject_above: float | None = None


class StoredGate(msgspec.Struct, frozen=True, kw_only=True):
    """One gate: what was measured and what follows from it. value: None where it is not kept."""

    gate: str
    outcome: GateOutcome
    value: float | None
    limits: StoredLimits
    region: StoredRegion | None = None


class StoredVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What screening said of one photo. quality: 0 to 1; values: what was measured, by name."""

    outcome: GateOutcome
    gates: list[StoredGate]
    quality: float
    profile: str
    profile_version: int
    face: StoredRegion | None = None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None
    values: dict[str, float] = {}


def decode_verdict(json: bytes) -> StoredVerdict:
    """The verdict as the face worker sends it. Raises msgspec.DecodeError."""
    return msgspec.json.decode(json, type=StoredVerdict)


def verdict_of(photo: Photo) -> StoredVerdict | None:
    """The verdict of a photo; None until it is screened, and when the file was refused."""
    return None if photo.verdict is None else msgspec.convert(photo.verdict, StoredVerdict)


def store_verdict(photo: Photo, verdict: StoredVerdict) -> None:
    """Writes the verdict into the photo's row, and its outcome beside it."""
    photo.verdict = msgspec.to_builtins(_without_moods(verdict))
    photo.outcome = verdict.outcome.value


def _without_moods(verdict: StoredVerdict) -> StoredVerdict:
    """What could be read as a mood is not kept with a person. AI Act, article 5(1)(f)."""
    gates = [
        msgspec.structs.replace(gate, value=None) if gate.gate in NOT_KEPT else gate
        for gate in verdict.gates
    ]
    values = {name: value for name, value in verdict.values.items() if name not in NOT_KEPT}
    return msgspec.structs.replace(verdict, gates=gates, values=values)


def describe_findings(verdict: StoredVerdict | None) -> list[GateFinding]:
    """The gates of a verdict in words, in their order."""
    return [
        describe_gate(
            gate.gate,
            gate.outcome.value,
            gate.value,
            reject_below=gate.limits.reject_below,
            warn_below=gate.limits.warn_below,
            warn_above=gate.limits.warn_above,
            reject_above=gate.limits.reject_above,
        )
        for gate in (verdict.gates if verdict else [])
    ]


def summarise_photo(photo: Photo) -> str:
    """One line on a screened photo: what is wrong with it first."""
    if photo.refusal:
        return tr(REFUSALS[photo.refusal])
    return summary(describe_findings(verdict_of(photo)))
