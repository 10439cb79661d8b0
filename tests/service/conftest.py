"""What tests of the service share."""

import pytest

from console.api import employees
from tests.conftest import RunningSite


@pytest.fixture
def person(running: RunningSite) -> employees.EmployeeRow:
    """An employee of the site, for this test alone."""
    return running.add_employee()
