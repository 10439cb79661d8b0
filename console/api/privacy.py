"""What a site writes down about its use of faces and fingers before it begins. N8."""

import msgspec

from console.api.erasure import READERS
from console.api.operation import Nothing, operation


class ImpactAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """A draft of the data protection impact assessment, as an HTML page."""

    page: str


assess_impact = operation("privacy.assess_impact", Nothing, ImpactAssessment, READERS)
