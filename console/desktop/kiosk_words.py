"""What a kiosk is and has, and what its settings mean, in words."""

from console.api import kiosks as api
from console.domain.kiosks import KioskSettings
from console.domain.language import paragraph, tr, tr_count, tr_short_minute
from console.domain.login_chance import most_faces, search_chance


def state_of(kiosk: api.KioskRow) -> str:
    """The state of a kiosk in words."""
    if not kiosk.paired:
        return tr("Awaiting pairing") if kiosk.code_until else tr("Not paired")
    return tr("Connected") if kiosk.online else tr("Offline")


def tone_of(kiosk: api.KioskRow) -> str:
    """The tone of its state."""
    if not kiosk.paired:
        return "mut"
    return "warn" if not kiosk.online or kiosk.problem else "pass"


def facts_text(kiosk: api.KioskRow) -> str:
    """What is known of a kiosk, in one line."""
    seen = kiosk.last_seen
    parts = (
        state_of(kiosk),
        tr("last contact {time}", time=tr_short_minute(seen.astimezone()))
        if seen
        else tr("never connected"),
        tr_count("{count:,} person stored", "{count:,} people stored", kiosk.cached),
        tr_count("{count:,} login pending", "{count:,} logins pending", kiosk.waiting),
        tr("camera") if kiosk.camera else tr("no camera"),
        tr("reader") if kiosk.reader else tr("no reader"),
        kiosk.problem,
        tr("added by {who}", who=kiosk.added),
        tr("changed by {who}", who=kiosk.changed) if kiosk.changed else "",
    )
    return " · ".join(part for part in parts if part)


def odds_text(people: int, settings: KioskSettings) -> str:
    """What the settings mean for this many people, and whether the face alone is enough."""
    looked_for, most = min(people, settings.max_cached), most_faces(settings)
    if looked_for > most:
        return paragraph(
            tr_count(
                "With {count:,} enrolled face, the number is asked for first; the face alone is "
                "sufficient for up to {most:,}.",
                "With {count:,} enrolled faces, the number is asked for first; the face alone is "
                "sufficient for up to {most:,}.",
                looked_for,
                most=most,
            ),
            tr("To change this, allow fewer attempts with the face or fewer people stored."),
        )
    return paragraph(
        tr_count(
            "With {count:,} enrolled face, {share} of 100 strangers would be mistaken for someone "
            "in all permitted attempts ({attempts}).",
            "With {count:,} enrolled faces, {share} of 100 strangers would be mistaken for someone "
            "in all permitted attempts ({attempts}).",
            looked_for,
            share=f"{100 * search_chance(settings, looked_for):.2g}",
            attempts=settings.face_attempts,
        ),
        tr("The face alone is sufficient."),
    )
