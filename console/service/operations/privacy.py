"""The draft of a data protection impact assessment, filled from what the site has set. N8."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import ColumnExpressionArgument, func, select

from console.api import privacy as api
from console.api.operation import Nothing
from console.domain.consent import BASIS_WORDS, LawfulBasis, face_consent
from console.domain.language import in_english
from console.domain.retention import told
from console.domain.terminals import TerminalStatus
from console.resources import RESOURCES
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.settings import kept_for, load_settings
from console.service.tools import Tools
from console.store.columns import Base
from console.store.schema import Employee, Enrolment, Finger, Kiosk, Operator, Terminal
from console.store.unit_of_work import ReadTx

_PAGES = Environment(
    loader=FileSystemLoader(RESOURCES / "privacy"), autoescape=True, undefined=StrictUndefined
)


class PrivacyOperations:
    """What administrators and auditors take to the data protection officer."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @handles(api.assess_impact, Pool.READ)
    def assess_impact(self, call: Call, _request: Nothing) -> api.ImpactAssessment:
        """The draft, as the site is set now. It is a document in English."""
        with call.read() as tx, in_english():
            facts = {**_settings(tx), **_counts(tx)}
        portal = facts.pop("portal_url") or self._tools.addresses.portal
        page = _PAGES.get_template("impact_assessment.html").render(
            **facts, portal=portal, key_in_file=self._tools.key_in_file, made=f"{call.now:%d %B %Y}"
        )
        return api.ImpactAssessment(page=page)


def _settings(tx: ReadTx) -> dict[str, Any]:
    settings = load_settings(tx)
    return {
        "site": settings.site,
        "portal_url": settings.portal_url,
        "basis": BASIS_WORDS[settings.lawful_basis],
        "consent": settings.lawful_basis is LawfulBasis.CONSENT,
        "second_check": settings.second_check,
        "push_tls_only": settings.push_tls_only,
        "kept": told(kept_for(settings)),
        "text_version": face_consent(kept_for(settings)).version,
    }


def _counts(tx: ReadTx) -> dict[str, Any]:
    def count(kind: type[Base], *such: ColumnExpressionArgument[bool]) -> int:
        return tx.scalar(select(func.count()).select_from(kind).where(*such)) or 0

    approved = Terminal.status == TerminalStatus.APPROVED
    faces = Enrolment.live & (Enrolment.version != "")
    models = select(Enrolment.model).where(faces).group_by(Enrolment.model)
    roles = select(Operator.role, func.count()).where(Operator.active).group_by(Operator.role)
    return {
        "people": count(Employee, ~Employee.erased, Employee.active.is_(True)),
        "faces": count(Enrolment, faces),
        "fingers": tx.scalar(select(func.count(Finger.employee_id.distinct()))) or 0,
        "recogniser": ", ".join(sorted(tx.scalars(models))) or "the recogniser that ships",
        "terminals": count(Terminal, approved),
        "face_terminals": count(Terminal, approved, Terminal.takes_faces.is_(True)),
        "kiosks": count(Kiosk, Kiosk.token_hash != "", Kiosk.removed_at.is_(None)),
        "operators": {f"{role}": number for role, number in tx.execute(roles).all()},
        "opted_out": count(Employee, Employee.opted_out_at.is_not(None)),
    }
