"""Which tone a status has."""

from console.domain.invitations import Status

STATUS_TONES: dict[Status, str] = {
    Status.INVITED: "info",
    Status.OPENED: "info",
    Status.CONSENTED: "info",
    Status.DECLINED: "mut",
    Status.SUBMITTED: "info",
    Status.SCREENING: "info",
    Status.REJECTED_AUTO: "warn",
    Status.NEEDS_HELP: "warn",
    Status.PENDING_APPROVAL: "warn",
    Status.REJECTED: "bad",
    Status.APPROVED: "info",
    Status.PUSHED: "pass",
    Status.IN_USE: "pass",
    Status.EXPIRED: "mut",
    Status.REVOKED: "mut",
    Status.WITHDRAWN: "mut",
    Status.ERASED: "mut",
    Status.SUPERSEDED: "mut",
}
