"""What the roles of operators are called, and what each may do, in the words of the console."""

from console.domain.language import tr
from console.domain.operators import Role

ROLE_WORDS = {
    Role.ADMIN: tr("Administrator"),
    Role.TECHNICIAN: tr("Technician"),
    Role.SUPERVISOR: tr("Supervisor"),
    Role.AUDITOR: tr("Auditor"),
}
MAY = {
    Role.ADMIN: tr("May do everything."),
    Role.TECHNICIAN: tr(
        "Manages terminals, and enrols faces and fingers at the desk. Approves and exports nothing."
    ),
    Role.SUPERVISOR: tr(
        "Reads lists and the login log, and may accept a duplicate finger. Sees neither photos nor "
        "email addresses."
    ),
    Role.AUDITOR: tr(
        "Reads lists, the login log and the audit log. Changes nothing, and sees neither photos "
        "nor email addresses."
    ),
}
