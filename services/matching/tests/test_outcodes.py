"""Where outcodes lie: from the data file, over the API, with whose data it is."""

from services.matching.tests.bodies import good
from services.matching.tests.factories import Place
from shared.auth import Role

# Southend and Lewisham lie about 50 km apart, Southend further east and a little further north.
_EAST, _NORTH = 50_000, 11_000


async def test_points_are_told_in_metres_with_their_source(here: Place) -> None:
    found = good(await here.coordinator.get("/v1/outcodes", params={"outcode": ["SS1", "se13"]}))
    southend, lewisham = found["items"]
    assert (southend["outcode"], lewisham["outcode"]) == ("SS1", "SE13")
    assert abs(southend["easting"] - lewisham["easting"] - _EAST) < 5_000
    assert abs(southend["northing"] - lewisham["northing"] - _NORTH) < 5_000
    assert "Open Government Licence" in found["attribution"]


async def test_an_unknown_outcode_is_named_and_not_guessed(here: Place) -> None:
    found = good(await here.coordinator.get("/v1/outcodes", params={"outcode": ["ZZ9", "SS1", "SS1"]}))
    assert [one["outcode"] for one in found["items"]] == ["SS1"]
    assert found["unknown"] == ["ZZ9"]


async def test_what_is_no_outcode_is_refused(here: Place) -> None:
    answer = await here.coordinator.get("/v1/outcodes", params={"outcode": "Southend"})
    assert answer.status_code == 422
    assert "Southend" not in answer.text


async def test_only_who_matches_asks(here: Place) -> None:
    for role in (Role.SOCIAL_WORKER, Role.VOLUNTEER, Role.TRAINER):
        assert (await here.caller(role).get("/v1/outcodes")).status_code == 403
