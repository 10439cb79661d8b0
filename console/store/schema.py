"""The tables. Rows are the truth; everything else (jobs, screens, caches) is derived from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.invitations import Status
from console.domain.operators import Role
from console.domain.terminals import CommandKind, Dialect, ProvisionState, TerminalStatus
from console.store.columns import Base, EnumText, id_column, reference


class Setting(Base):
    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]


class SiteKey(Base):
    """The pair that browsers seal photos to; the private part is sealed under the KEK."""

    __tablename__ = "site_key"
    version: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[bytes]
    private_sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class Operator(Base):
    __tablename__ = "operator"
    id: Mapped[str] = id_column()
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    can_enrol: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    misses: Mapped[int] = mapped_column(default=0)
    missed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OperatorSession(Base):
    __tablename__ = "operator_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[str] = reference("operator.id")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Employee(Base):
    __tablename__ = "employee"
    id: Mapped[str] = id_column()
    number: Mapped[str] = mapped_column(String(24), unique=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    department: Mapped[str] = mapped_column(String(80))
    active: Mapped[bool]
    sort_name: Mapped[str] = mapped_column(String(164))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (
        Index(None, "sort_name", "id"),
        Index(None, "department", "id"),
        Index(None, "email", "id"),
    )


class PersonKey(Base):
    """One data key per person, wrapped by the site's KEK. Deleting the row makes all that is sealed under it unreadable."""

    __tablename__ = "person_key"
    employee_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wrapped: Mapped[bytes]
    kek_version: Mapped[int]


class Invitation(Base):
    """An invitation and all that follows from it, until the face is in use. channel: link, or desk where nobody was mailed."""

    __tablename__ = "invitation"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(16), default="link")
    status: Mapped[Status] = mapped_column(EnumText(Status), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    check_misses: Mapped[int] = mapped_column(default=0)
    check_passed: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class PortalSession(Base):
    """A browser that has exchanged a link's token."""

    __tablename__ = "portal_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    invitation_id: Mapped[str] = reference("invitation.id")
    created_at: Mapped[datetime]


class Consent(Base):
    """modality: face or finger; invitation_id: of a face by link; channel: link or desk."""

    __tablename__ = "consent"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str | None] = reference("invitation.id")
    modality: Mapped[str] = mapped_column(String(16), default="face")
    text_digest: Mapped[str] = mapped_column(String(64))
    text_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    user_agent: Mapped[str] = mapped_column(String(300))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Photo(Base):
    """One photo of a submission. `sealed` is what the browser sent, until it is screened; then `image`, `vector` (turned by the site's
    rotation) and `looks`, sealed by us. quality: beside the others of its set; best_because: why it is the best of them, else empty."""

    __tablename__ = "photo"
    id: Mapped[str] = id_column()
    invitation_id: Mapped[str] = reference("invitation.id")
    employee_id: Mapped[str] = reference("employee.id")
    slot: Mapped[int]
    try_no: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes | None]
    refusal: Mapped[str] = mapped_column(String(32), default="")
    verdict: Mapped[dict[str, Any] | None]
    outcome: Mapped[str] = mapped_column(String(8), default="")
    quality: Mapped[float] = mapped_column(default=0.0)
    model: Mapped[str] = mapped_column(String(64), default="")
    image: Mapped[bytes | None]
    vector: Mapped[bytes | None]
    perceptual_hash: Mapped[bytes | None]
    best_because: Mapped[str] = mapped_column(String(16), default="")
    chosen: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    screened_at: Mapped[datetime | None]


class Enrolment(Base):
    """An approved face: the template and the photo that terminals get, both sealed."""

    __tablename__ = "enrolment"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str] = reference("invitation.id", unique=True)
    modality: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(64))
    photos: Mapped[int]
    template: Mapped[bytes]
    image: Mapped[bytes]
    approved_by: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[datetime]
    live: Mapped[bool] = mapped_column(default=True, index=True)


class KnownLookalike(Base):
    """Two employees who look alike and are known to be two. first_id is the smaller id."""

    __tablename__ = "known_lookalike"
    id: Mapped[str] = id_column()
    first_id: Mapped[str] = reference("employee.id")
    second_id: Mapped[str] = reference("employee.id")
    reason: Mapped[str] = mapped_column(String(200))
    noted_by: Mapped[str] = mapped_column(String(80))
    noted_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)


class Outbox(Base):
    """An email to send. `sealed` holds what the template needs, the link among it; it is emptied once the email is out."""

    __tablename__ = "outbox"
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(24))
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str] = reference("invitation.id")
    sealed: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    run_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Terminal(Base):
    """A LAN unit. port, transport and key_sealed (the comm key) are of those we dial; counts: what it last said it holds;

    capabilities: name -> {can, at, firmware}, the evidence; clock_offset_s: last measured, positive = ahead;
    log_wanted: its whole log is to be sent once more.
    """

    __tablename__ = "terminal"
    id: Mapped[str] = id_column()
    serial: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    status: Mapped[TerminalStatus] = mapped_column(EnumText(TerminalStatus), index=True)
    address: Mapped[str] = mapped_column(String(64))
    utc_offset_min: Mapped[int] = mapped_column(default=0)
    info: Mapped[dict[str, Any]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    dialect: Mapped[Dialect] = mapped_column(EnumText(Dialect), default=Dialect.PUSH)
    port: Mapped[int] = mapped_column(default=0)
    transport: Mapped[str] = mapped_column(String(8), default="auto")
    key_sealed: Mapped[bytes | None]
    group_name: Mapped[str] = mapped_column(String(80), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    capabilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    contact_problem: Mapped[str] = mapped_column(String(300), default="")
    clock_offset_s: Mapped[float | None]
    log_wanted: Mapped[bool] = mapped_column(default=True)


class Provision(Base):
    """One enrolment on its way to one terminal."""

    __tablename__ = "provision"
    id: Mapped[str] = id_column()
    enrolment_id: Mapped[str] = reference("enrolment.id")
    terminal_id: Mapped[str] = reference("terminal.id")
    state: Mapped[ProvisionState] = mapped_column(EnumText(ProvisionState), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    run_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(300), default="")
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("enrolment_id", "terminal_id"),)


class Command(Base):
    """One command for a terminal. Its text is made when the terminal asks, so that no photo lies here in the clear."""

    __tablename__ = "command"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    provision_id: Mapped[str] = reference("provision.id")
    attempt: Mapped[int]
    kind: Mapped[CommandKind] = mapped_column(EnumText(CommandKind))
    state: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[datetime | None]
    return_code: Mapped[int | None]
    __table_args__ = (
        UniqueConstraint("provision_id", "attempt", "kind"),
        Index(None, "terminal_id", "state"),
    )


class Kiosk(Base):
    """A login screen of our own. settings: its own, None: those of its group; pairing_*: the code that is waited for; token_hash: what it
    signs its calls with; replaces: the kiosk whose settings and place it took over; state: what it last said of itself."""

    __tablename__ = "kiosk"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80))
    location: Mapped[str] = mapped_column(String(80), default="")
    group_name: Mapped[str] = mapped_column(String(80), default="")
    settings: Mapped[dict[str, Any] | None]
    pairing_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    pairing_until: Mapped[datetime | None]
    token_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    replaces: Mapped[str] = mapped_column(String(32), default="")
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_seen: Mapped[datetime | None]
    added_by: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(80), default="")
    changed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Login(Base):
    """A login as a terminal or a kiosk reported it, and what we make of it.

    clock_offset_s: how far the terminal's clock was known to be off; the reported time is never rewritten. Of a kiosk: outcome, method,
    reason, stamp and path as domain.login_events has them; as_of: the age of the list it went by while it could not ask.
    """

    __tablename__ = "login"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("terminal.id"))
    kiosk_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("kiosk.id"))
    employee_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("employee.id"))
    pin: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    local_time: Mapped[str] = mapped_column(String(19))
    verify: Mapped[int]
    direction: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(12), default="accepted")
    method: Mapped[str] = mapped_column(String(24), default="")
    reason: Mapped[str] = mapped_column(String(24), default="")
    stamp: Mapped[str] = mapped_column(String(24), default="")
    as_of: Mapped[datetime | None]
    path: Mapped[list[Any] | None]
    remark: Mapped[str] = mapped_column(String(80), default="")
    clock_offset_s: Mapped[float | None]
    content_key: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "employee_id", "at", "id"),
        Index(None, "terminal_id", "at", "id"),
        Index(None, "kiosk_id", "at", "id"),
    )


class LogCoverage(Base):
    """A span of a terminal's log that this site has. says, received: what the unit announced and what came of it;

    recovered: logins that only this reading brought, after a gap.
    """

    __tablename__ = "log_coverage"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    start: Mapped[datetime]
    end: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(16))
    says: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    recovered: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(300), default="")
    __table_args__ = (Index(None, "terminal_id", "end"),)


class ClockOffset(Base):
    """How far a terminal's clock was off, each time it was measured. corrected: it was then set."""

    __tablename__ = "out_of_sync"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    at: Mapped[datetime]
    offset_s: Mapped[float]
    corrected: Mapped[bool] = mapped_column(default=False)


class InventoryEntry(Base):
    """A person as a terminal last showed that it holds them. digest: see bridge.terminals.plan."""

    __tablename__ = "terminal_inventory"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(16))
    seen_at: Mapped[datetime]


class PinMap(Base):
    """On this terminal the person has another number than here. P8."""

    __tablename__ = "pin_map"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32), primary_key=True)
    employee_id: Mapped[str] = reference("employee.id")


class Receipt(Base):
    """What was done to a terminal and seen to be done."""

    __tablename__ = "receipt"
    id: Mapped[str] = id_column()
    terminal_id: Mapped[str] = reference("terminal.id")
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(24))
    detail: Mapped[dict[str, Any]]


class Finger(Base):
    """A finger enrolled at the desk. templates: Muster's own, one a scan, as msgpack, sealed; position: see domain.fingers."""

    __tablename__ = "finger"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    position: Mapped[int]
    extractor: Mapped[str] = mapped_column(String(16))
    quality: Mapped[int]
    scans: Mapped[int]
    templates: Mapped[bytes]
    reader: Mapped[str] = mapped_column(String(80))
    taken_by: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("employee_id", "position"),)


class FingerBlob(Base):
    """A fingerprint template as a terminal made it, opaque to us, sealed. It fits terminals of the same algorithm only.

    finger: by the terminals' number; identity: the SHA-256 of the template, so that comparing needs no unsealing;
    removed_at: deleted here, the template with it; the row stays so that every plan takes it off the terminals.
    """

    __tablename__ = "finger_blob"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    finger: Mapped[int]
    algorithm: Mapped[str] = mapped_column(String(32))
    valid: Mapped[int] = mapped_column(default=1)
    template: Mapped[bytes]
    identity: Mapped[str] = mapped_column(String(64))
    terminal_id: Mapped[str] = reference("terminal.id")
    taken_by: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("employee_id", "finger", "algorithm"),)


class Quarantine(Base):
    """What a terminal sent and nobody understood, with its raw text."""

    __tablename__ = "quarantine"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    table: Mapped[str] = mapped_column(String(32))
    raw: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime]


class Audit(Base):
    """Append-only; each row carries the hash of the one before."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
