"""Ids that are made together are ids as any other."""

from uuid import RFC_4122, UUID

from shared.ids import new_id, new_ids_text


def test_each_of_them_is_a_version_seven_of_this_moment_and_none_comes_twice() -> None:
    before, made = new_id(), [UUID(one) for one in new_ids_text(5_000)]
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    assert len(set(made)) == 5_000
    assert before.int >> 80 <= made[0].int >> 80 == made[-1].int >> 80 <= new_id().int >> 80


def test_they_come_in_their_order() -> None:
    made = new_ids_text(1_000)
    assert made == sorted(made)
    assert new_ids_text(0) == []
