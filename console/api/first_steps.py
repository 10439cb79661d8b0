"""The first steps of a new site: how far each is, and which are skipped."""

import msgspec

from console.api.operation import ADMIN, Nothing, operation
from console.domain.first_steps import FirstStep, StepState


class FirstSteps(msgspec.Struct, frozen=True, kw_only=True):
    """states: of every step, in the order of doing, read from what the site has now.

    untouched: nothing was done, begun or skipped since the site was set up.
    """

    states: dict[FirstStep, StepState]
    untouched: bool


class SkipSteps(msgspec.Struct, frozen=True, kw_only=True):
    """Skips these steps for the whole site, or takes them up again."""

    steps: list[FirstStep]
    skip: bool


get_steps = operation("first_steps.get", Nothing, FirstSteps, ADMIN)
skip_steps = operation("first_steps.skip", SkipSteps, FirstSteps, ADMIN)
