"""A plan that is based on another tells what one from nothing would, and shares what has stayed the same."""

from typing import Any
from uuid import UUID

from services.matching.tests.factories import Place
from services.matching.tests.test_plans import pairs_of, planned


def told(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All that is said of each pair, in the order of families, without the ids of its own."""
    found = [{name: value for name, value in one.items() if name != "id"} for one in pairs]
    return sorted(found, key=lambda one: (one["match_request"], one["volunteer"]))


async def copied(here: Place, first: dict[str, Any], again: dict[str, Any]) -> int:
    """How many pairs lie in both plans sealed by the same hand."""
    sql = (
        "SELECT count(*) FROM match_plan_pairs a JOIN match_plan_pairs b ON a.why = b.why"
        " WHERE a.plan_id = $1 AND b.plan_id = $2"
    )
    found: int = (await here.as_worker(sql, UUID(first["id"]), UUID(again["id"])))[0][0]
    return found


async def test_a_plan_without_somebody_is_told_as_one_from_nothing_and_what_is_the_same_is_not_sealed_again(
    here: Place,
) -> None:
    await here.family(languages=["bn"])
    await here.family(languages=["so"], outcode="SS9")
    # Nobody else could be with this one, whoever comes or goes.
    await here.family(languages=["pl"], requests={"volunteer_gender": "male"})
    lives = (("bn", "SS1"), ("bn", "SS9"), ("so", "SS1"))
    helpers = [await here.volunteer(languages=[language], outcode=outcode) for language, outcode in lives]
    await here.volunteer(languages=["pl"], gender="male")
    first, shared = await planned(here), 0
    for helper in (helpers[0], helpers[2]):
        again = await planned(here, based_on=first["id"], without_volunteers=[helper.id])
        anew = await planned(here, without_volunteers=[helper.id])
        assert told(await pairs_of(here, again)) == told(await pairs_of(here, anew))
        for name in ("families", "places", "fit", "points", "weeks", "gap"):
            assert again["totals"][name] == anew["totals"][name]
        shared += await copied(here, first, again)
        chained = await planned(here, based_on=again["id"])
        assert told(await pairs_of(here, chained)) == told(await pairs_of(here, again))
        assert await copied(here, again, chained) == 3
    assert 0 < shared < 6
