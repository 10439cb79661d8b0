"""N8: the draft of an impact assessment says what a site has set, and marks what it cannot know."""

import re

import msgspec
import pytest

from console.api import consents, privacy, retention, site
from console.api.operation import Nothing, ServiceError
from console.domain.consent import LawfulBasis
from console.domain.operators import Role
from console.domain.retention import Kept
from tests.conftest import RunningSite
from tests.service.gates import with_face
from tests.service.test_audit import operator


def draft(running: RunningSite) -> str:
    page = running.client.call(privacy.assess_impact, Nothing()).page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_N8_the_draft_follows_the_settings(running: RunningSite) -> None:
    with_face(running)
    running.add_employee()
    before = draft(running)
    assert "2 employees; 1 with a face, 0 with fingers enrolled" in before
    assert "Consent of the person" in before
    assert "Logins: 2 years after the login." in before
    assert "in a file in the data folder" in before, "the tests keep the key there"
    client = running.client
    client.call(retention.save_retention, retention.ChosenDays(days={Kept.LOGINS: 90}))
    rules = consents.ConsentRules(basis=LawfulBasis.EMPLOYMENT_LAW, answer_days=30)
    client.call(consents.save_consents, rules)
    named = msgspec.structs.replace(
        client.call(site.get_settings, Nothing()), site="A <b>Site</b> & Sons"
    )
    client.call(site.save_settings, named)
    after = draft(running)
    assert "Logins: 90 days after the login." in after
    assert "Employment law, or a collective agreement" in after
    assert "[which law or agreement]" in after
    page = client.call(privacy.assess_impact, Nothing()).page
    assert "A &lt;b&gt;Site&lt;/b&gt; &amp; Sons" in page, "a name is no markup"


def test_what_only_the_site_can_say_is_marked(running: RunningSite) -> None:
    marks = re.findall(r"\[[^\]]+\]", draft(running))
    assert len(marks) >= 12
    assert "{{" not in draft(running)


def test_only_admins_and_auditors_get_it(running: RunningSite) -> None:
    with pytest.raises(ServiceError) as refused:
        operator(running, Role.SUPERVISOR).call(privacy.assess_impact, Nothing())
    assert refused.value.error.code == "forbidden"
    assert operator(running, Role.AUDITOR).call(privacy.assess_impact, Nothing()).page
