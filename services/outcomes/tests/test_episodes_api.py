"""Episodes of social care and death, over HTTP."""

from services.outcomes.tests.factories import Partnership, day


async def test_an_episode_bounds_the_plans_and_closes_with_date_and_reason_together(area: Partnership) -> None:
    child = (await area.register()).children[0]
    path = f"/v1/plan-timelines/{child}/episodes"
    half = await area.worker.post(path, {"referral_date": day(100), "closed_on": day(50)})
    assert (half.status_code, half.json()["errors"][0]["code"]) == (422, "closure-incomplete")
    episode = (await area.worker.post(path, {"referral_date": day(100)})).json()
    early = await area.plan(child, "cin", 101)
    assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "before-referral")
    plan = (await area.plan(child, "cin", 100)).json()
    closing = {"closed_on": day(10), "closure_reason": "RC7"}
    close = f"{path}/{episode['id']}/close"
    still_open = await area.worker.post(close, closing, match=episode["version"])
    assert still_open.json()["errors"][0]["code"] == "plan-open-at-closure"
    await area.move(plan, "end", ended_on=day(10))
    unknown = await area.worker.post(close, closing | {"closure_reason": "RC99"}, match=episode["version"])
    assert unknown.json()["errors"][0]["code"] == "closure-reason"
    closed = await area.worker.post(close, closing, match=episode["version"])
    assert (closed.status_code, closed.json()["closure_reason"]) == (200, "RC7")
    assert closed.headers["etag"] == f'"{closed.json()["version"]}"'
    again = await area.worker.post(close, closing, match=closed.json()["version"])
    assert again.json()["type"] == "/problems/illegal-move"


async def test_a_referral_without_further_action_has_no_plan(area: Partnership) -> None:
    child = (await area.register()).children[0]
    body = {"referral_date": day(100), "no_further_action": True}
    assert (await area.worker.post(f"/v1/plan-timelines/{child}/episodes", body)).status_code == 201
    refused = await area.plan(child, "cin", 90)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "no-further-action")


async def test_death_is_recorded_once_and_nothing_is_dated_after_it(area: Partnership) -> None:
    child = (await area.register()).children[0]
    path = f"/v1/plan-timelines/{child}/death"
    stale = (await area.worker.get(f"/v1/plan-timelines/{child}")).headers["etag"].strip('"')
    plan = (await area.plan(child, "cin", 100)).json()
    version = (await area.worker.get(f"/v1/plan-timelines/{child}")).headers["etag"].strip('"')
    assert (await area.worker.post(path, {"died_on": day(30)}, match=stale)).status_code == 412
    assert (await area.worker.post(path, {"died_on": day(30)})).status_code == 428
    before = await area.worker.post(path, {"died_on": day(101)}, match=version)
    assert (before.status_code, before.json()["errors"][0]["code"]) == (422, "after-death")
    died = await area.worker.post(path, {"died_on": day(30)}, match=version)
    assert (died.status_code, died.json()["died_on"]) == (200, day(30))
    again = await area.worker.post(path, {"died_on": day(29)}, match=died.headers["etag"].strip('"'))
    assert again.json()["type"] == "/problems/already-recorded"
    too_late = await area.move(plan, "end", ended_on=day(29))
    assert too_late.json()["errors"][0]["code"] == "after-death"
    assert (await area.move(plan, "end", ended_on=day(30))).status_code == 200
    for refused in (await area.plan(child, "early_help", 29), await area.stage(child, 1, 29)):
        assert refused.json()["errors"][0]["code"] == "after-death"
