"""Whatever is done to the audit by somebody without its key is found; a thousand of each in the campaign."""

import pytest

from tests.attacks.audit_tampering import ATTACKS, Ground

TIMES = 60


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground(seed=4)


def test_an_audit_that_nobody_touched_has_no_findings(ground: Ground) -> None:
    assert ground.is_whole()


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_on_the_audit_is_found(ground: Ground, attack: str) -> None:
    assert ground.missed(attack, TIMES) == 0


@pytest.mark.parametrize("attack", ["cut", "restore"])
def test_without_the_anchors_outside_a_missing_end_is_not_found(ground: Ground, attack: str) -> None:
    """The attacks are real ones: only what they are found by keeps them from going through."""
    assert ground.missed(attack, TIMES, anchored=False) > 0


@pytest.mark.parametrize("attack", ["insert", "rehash"])
def test_whoever_has_the_key_is_not_found(ground: Ground, attack: str) -> None:
    assert ground.missed(attack, TIMES, anchored=False, forged_with_the_key=True) > 0
