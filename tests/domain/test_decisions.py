"""Decisions that are held: how they are kept, and what stands for the photos. CO5."""

import msgspec

from console.domain.decisions import HeldDecision, digest_of


def test_CO5_a_held_decision_is_read_as_it_was_stored() -> None:
    held = HeldDecision(
        by="o1", approve=False, words="No cap, please.", known_lookalike=False, seen="d"
    )
    assert msgspec.convert(held.stored(), HeldDecision) == held


def test_CO5_the_order_of_photos_does_not_matter_but_each_of_them_does() -> None:
    assert digest_of(["a pass", "b warn"]) == digest_of(["b warn", "a pass"])
    assert digest_of(["a pass", "b warn"]) != digest_of(["a pass", "b pass"])
    assert digest_of(["a pass"]) != digest_of([])
