"""The tables. Rows are the truth; jobs, screens and caches are derived from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.invitations import Status
from console.domain.operators import Role
from console.domain.terminals import CommandKind, Dialect, ProvisionState, TerminalStatus
from console.store.columns import Base, EnumText, id_column, reference


class Setting(Base):
    """A setting of the site."""

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
    """Somebody who signs in. misses, missed_at: failed sign-ins since the last good one."""

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
    """An operator who is signed in. Only the hash of the token is stored."""

    __tablename__ = "operator_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[str] = reference("operator.id")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Employee(Base):
    """A person.

    sort_name: what the list sorts by; settled: what the last change means for terminals has been
    laid out.
    """

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
    settled: Mapped[bool] = mapped_column(default=True, index=True)
    __table_args__ = (
        Index(None, "sort_name", "id"),
        Index(None, "department", "id"),
        Index(None, "email", "id"),
    )


class PersonKey(Base):
    """A person's data key, wrapped by the site's KEK. Without it, what it sealed is unreadable."""

    __tablename__ = "person_key"
    employee_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wrapped: Mapped[bytes]
    kek_version: Mapped[int]


class Invitation(Base):
    """An invitation, until the face is in use. channel: link; or desk, where no email was sent."""

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
    """A person's agreement to a text. modality: face or finger; channel: link or desk."""

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
    """One photo of a submission and its verdict. Its pictures are stored in PhotoPicture.

    upload_bytes: size of the upload while it waits for screening, else 0; model: the recogniser
    that made the vector, empty without a face; vector: protected by the site's rotation, sealed;
    perceptual_hash: sealed; quality: compared with the other photos of its set; best_because: why
    it is the best of them, else empty.
    """

    __tablename__ = "photo"
    id: Mapped[str] = id_column()
    invitation_id: Mapped[str] = reference("invitation.id")
    employee_id: Mapped[str] = reference("employee.id")
    slot: Mapped[int]
    try_no: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    upload_bytes: Mapped[int] = mapped_column(default=0)
    has_image: Mapped[bool] = mapped_column(default=False)
    refusal: Mapped[str] = mapped_column(String(32), default="")
    verdict: Mapped[dict[str, Any] | None]
    outcome: Mapped[str] = mapped_column(String(8), default="")
    quality: Mapped[float] = mapped_column(default=0.0)
    model: Mapped[str] = mapped_column(String(64), default="")
    vector: Mapped[bytes | None] = mapped_column(deferred=True)
    perceptual_hash: Mapped[bytes | None] = mapped_column(deferred=True)
    best_because: Mapped[str] = mapped_column(String(16), default="")
    chosen: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    screened_at: Mapped[datetime | None]

    @property
    def has_vector(self) -> bool:
        """Whether a face was found, so that there is a vector to compare."""
        return bool(self.model)


class PhotoPicture(Base):
    """The pictures of a photo, sealed. upload: until it is screened; image: our own JPEG."""

    __tablename__ = "photo_picture"
    photo_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    upload: Mapped[bytes | None]
    image: Mapped[bytes | None]


class Enrolment(Base):
    """An approved face: its sealed template. version: names the template; `vault.version_of`."""

    __tablename__ = "enrolment"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str] = reference("invitation.id", unique=True)
    modality: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(64))
    photos: Mapped[int]
    template: Mapped[bytes] = mapped_column(deferred=True)
    version: Mapped[str] = mapped_column(String(16))
    approved_by: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[datetime]
    live: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (Index(None, "live", "employee_id"),)


class EnrolmentPicture(Base):
    """The head-and-shoulders picture that terminals get, sealed."""

    __tablename__ = "enrolment_picture"
    enrolment_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True
    )
    image: Mapped[bytes]


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
    """An email to send. sealed: what its template needs; emptied once the email is sent."""

    __tablename__ = "outbox"
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(24))
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str] = reference("invitation.id")
    sealed: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(default=1)
    run_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "state", "run_at"),)


class Terminal(Base):
    """A unit on the network.

    port, transport, key_sealed (the comm key): only for units that we dial; counts: what it last
    said it holds; capabilities: name -> {can, at, firmware}, the evidence; clock_offset_s: as last
    measured, positive if it is ahead; log_wanted: it is to send its whole log once more.
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
    """A command for a terminal. Its text is made on request, so no photo lies here unsealed."""

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
    """A login screen of our own.

    settings: its own, None for those of its group; pairing_hash: of the code that is expected;
    replaces: the kiosk whose place and settings it took over; state: as last reported.
    """

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
    """A login as a terminal or a kiosk reported it. The reported time is never changed.

    clock_offset_s: the known error of the terminal's clock. Only from kiosks: outcome, method,
    reason, stamp, path, as in `domain.login_events`; as_of: of the list used while offline.
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
    """A span of a terminal's log that this site has.

    says, received: how many logins the unit announced, and how many arrived; recovered: logins
    that only this reading brought, after a gap.
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
    """One measurement of a terminal's clock. corrected: the clock was then set."""

    __tablename__ = "clock_offset"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    at: Mapped[datetime]
    offset_s: Mapped[float]
    corrected: Mapped[bool] = mapped_column(default=False)


class InventoryEntry(Base):
    """A person on a terminal, as last read. digest: see `bridge.terminals.plan`."""

    __tablename__ = "terminal_inventory"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(16))
    seen_at: Mapped[datetime]


class Departure(Base):
    """Somebody who left, and a terminal that may still hold them.

    pin: the number that it knows them by; run_at: when it is asked next; gone_at: when it has shown
    that it does not hold them any more, None until then.
    """

    __tablename__ = "departure"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    employee_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("employee.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=1)
    run_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(300), default="")
    gone_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "gone_at", "run_at"), Index(None, "employee_id", "gone_at"))


class PinMap(Base):
    """On this terminal the person has another number than here."""

    __tablename__ = "pin_map"
    terminal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("terminal.id"), primary_key=True
    )
    pin: Mapped[str] = mapped_column(String(32), primary_key=True)
    employee_id: Mapped[str] = reference("employee.id")


class Receipt(Base):
    """A confirmed change to a terminal."""

    __tablename__ = "receipt"
    id: Mapped[str] = id_column()
    terminal_id: Mapped[str] = reference("terminal.id")
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(24))
    detail: Mapped[dict[str, Any]]


class Finger(Base):
    """A finger enrolled at the desk. position: see `domain.fingers`.

    templates: our own, one per scan, as msgpack, sealed; version: see `vault.version_of`.
    """

    __tablename__ = "finger"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    position: Mapped[int]
    extractor: Mapped[str] = mapped_column(String(16))
    quality: Mapped[int]
    scans: Mapped[int]
    templates: Mapped[bytes] = mapped_column(deferred=True)
    version: Mapped[str] = mapped_column(String(16))
    reader: Mapped[str] = mapped_column(String(80))
    taken_by: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("employee_id", "position"),)


class FingerBlob(Base):
    """A fingerprint template as a terminal made it, sealed. We cannot read its content.

    It fits only terminals of the same algorithm. identity: SHA-256 of the template, to compare
    it unopened; removed_at: its template was deleted here; plans remove it from the terminals.
    """

    __tablename__ = "finger_blob"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    finger: Mapped[int]
    algorithm: Mapped[str] = mapped_column(String(32))
    valid: Mapped[int] = mapped_column(default=1)
    template: Mapped[bytes] = mapped_column(deferred=True)
    identity: Mapped[str] = mapped_column(String(64))
    terminal_id: Mapped[str] = reference("terminal.id")
    taken_by: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("employee_id", "finger", "algorithm"),)


class Quarantine(Base):
    """A record from a terminal that could not be understood, with its raw text."""

    __tablename__ = "quarantine"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str] = reference("terminal.id")
    table: Mapped[str] = mapped_column(String(32))
    raw: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime]


class Audit(Base):
    """The audit trail. Rows are only added; each carries the hash of the one before."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
