"""The tables. Rows are the truth; jobs, screens and caches are derived from them."""

from console.store.schema.access_rules import (
    AccessRuleRow,
    AccessZone,
    EmployeeGroup,
    GroupMember,
)
from console.store.schema.enrolment import (
    Campaign,
    Enrolment,
    EnrolmentPicture,
    IdPhoto,
    Invitation,
    Outbox,
    Photo,
    PhotoPicture,
    PortalSession,
)
from console.store.schema.erasure import ErasedNumber, Erasure, LegalHold
from console.store.schema.fingers import Finger, FingerBlob
from console.store.schema.logins import Kiosk, Login
from console.store.schema.people import (
    AskedAgain,
    Consent,
    Department,
    Employee,
    EmployeeImport,
    ImportedEmployee,
    KnownLookalike,
    PersonKey,
    PersonLink,
)
from console.store.schema.site import Audit, Operator, OperatorSession, Setting, SiteKey
from console.store.schema.terminals import (
    ClockOffset,
    InventoryEntry,
    LogCoverage,
    PinMap,
    Placement,
    Quarantine,
    Receipt,
    Terminal,
)

__all__ = [
    "AccessRuleRow",
    "AccessZone",
    "AskedAgain",
    "Audit",
    "Campaign",
    "ClockOffset",
    "Consent",
    "Department",
    "Employee",
    "EmployeeGroup",
    "EmployeeImport",
    "Enrolment",
    "EnrolmentPicture",
    "ErasedNumber",
    "Erasure",
    "Finger",
    "FingerBlob",
    "GroupMember",
    "IdPhoto",
    "ImportedEmployee",
    "InventoryEntry",
    "Invitation",
    "Kiosk",
    "KnownLookalike",
    "LegalHold",
    "LogCoverage",
    "Login",
    "Operator",
    "OperatorSession",
    "Outbox",
    "PersonKey",
    "PersonLink",
    "Photo",
    "PhotoPicture",
    "PinMap",
    "Placement",
    "PortalSession",
    "Quarantine",
    "Receipt",
    "Setting",
    "SiteKey",
    "Terminal",
]
