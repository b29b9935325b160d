"""Who may call what: every route's roles against a table of their own, and every other role refused."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from services.matching.api import ROUTERS
from services.matching.tests.bodies import refused
from services.matching.tests.factories import Place
from shared.auth import Role
from shared.ids import new_id
from shared.routing import roles_of

SCHEME = "coordinator project_manager"
LEADS = "project_manager la_manager operational_link"
CASE = f"{SCHEME} social_worker lead_practitioner la_manager operational_link partner_system"

EXPECTED = {
    "register_volunteer": f"intake {SCHEME}",
    "list_volunteers": f"{SCHEME} trainer volunteer",
    "get_volunteer": f"{SCHEME} trainer volunteer",
    "list_volunteer_history": SCHEME,
    "apply_as_volunteer": f"intake {SCHEME}",
    "describe_volunteer": SCHEME,
    "set_volunteer_sign_in": SCHEME,
    "name_volunteer_coordinator": SCHEME,
    "take_volunteer_break": SCHEME,
    "return_volunteer": SCHEME,
    "suspend_volunteer": SCHEME,
    "reinstate_volunteer": "project_manager",
    "leave_as_volunteer": SCHEME,
    "note_volunteer_conflict": SCHEME,
    "list_volunteer_conflicts": SCHEME,
    "record_clearance": SCHEME,
    "list_clearances": SCHEME,
    "record_reference": SCHEME,
    "record_identity": SCHEME,
    "record_authority_check": SCHEME,
    "record_overseas_check": SCHEME,
    "list_checks": SCHEME,
    "list_match_requests": CASE,
    "get_match_request": CASE,
    "propose_volunteers": SCHEME,
    "list_proposals": SCHEME,
    "get_proposal": SCHEME,
    "list_candidates": SCHEME,
    "recompute_proposal": SCHEME,
    "refuse_volunteer": SCHEME,
    "list_refused_volunteers": SCHEME,
    "get_refused_volunteer": SCHEME,
    "lift_refused_volunteer": SCHEME,
    "make_matching_policy": "project_manager admin",
    "list_matching_policies": f"{SCHEME} admin analyst",
    "get_current_matching_policy": f"{SCHEME} admin analyst",
    "get_matching_policy": f"{SCHEME} admin analyst",
    "list_matching_factors": f"{SCHEME} admin analyst",
    "show_matching_equality": f"{SCHEME} admin analyst",
    "plan_matches": SCHEME,
    "list_match_plans": SCHEME,
    "get_match_plan": SCHEME,
    "list_match_plan_history": SCHEME,
    "cancel_match_plan": SCHEME,
    "list_match_plan_pairs": SCHEME,
    "accept_match_plan_pair": SCHEME,
    "accept_match_plan": SCHEME,
    "list_match_plan_unmatched": SCHEME,
    "get_match_plan_recruitment": f"{SCHEME} la_manager analyst",
    "locate_outcodes": SCHEME,
    "propose_match": SCHEME,
    "list_matches": f"{CASE} volunteer",
    "get_match": f"{CASE} volunteer",
    "list_match_history": CASE,
    "answer_match": f"{SCHEME} social_worker volunteer",
    "list_agreements": CASE,
    "cancel_match": SCHEME,
    "introduce_match": SCHEME,
    "start_match": SCHEME,
    "pause_match": SCHEME,
    "resume_match": SCHEME,
    "end_match": SCHEME,
    "list_overdue_contacts": SCHEME,
    "plan_visit": f"{SCHEME} volunteer",
    "list_visits": f"{CASE} volunteer",
    "get_visit": f"{CASE} volunteer",
    "close_visit": f"{SCHEME} volunteer",
    "record_contact": f"{SCHEME} volunteer",
    "list_contacts": f"{CASE} volunteer",
    "verify_contacts": CASE,
    "get_contact": f"{CASE} volunteer",
    "correct_contact": f"{SCHEME} volunteer",
    "hold_supervision": SCHEME,
    "list_supervisions": SCHEME,
    "get_supervision": SCHEME,
    "make_check_in_link": f"{SCHEME} volunteer",
    "look_at_visit": "",
    "check_in": "",
    "check_out": "",
    "show_today": SCHEME,
    "list_today": SCHEME,
    "list_indicators": SCHEME,
    "enter_leave": SCHEME,
    "list_leaves": SCHEME,
    "get_leave": SCHEME,
    "cancel_leave": SCHEME,
    "open_allegation": LEADS,
    "list_allegations": LEADS,
    "get_allegation": LEADS,
    "take_allegation_step": LEADS,
    "decide_allegation": "project_manager la_manager",
}


def routes() -> Iterator[APIRoute]:
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield route


ROUTES = [pytest.param(route, id=route.name) for route in routes()]


def test_the_table_names_every_route() -> None:
    assert {route.name for route in routes()} == set(EXPECTED)


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_has_a_summary_and_typed_answers(route: APIRoute) -> None:
    assert route.endpoint.__doc__
    assert route.response_model is not None


@pytest.mark.parametrize("route", [pytest.param(route, id=route.name) for route in routes() if EXPECTED[route.name]])
async def test_only_the_roles_of_the_table_may_call(here: Place, route: APIRoute) -> None:
    allowed = {Role(role) for role in EXPECTED[route.name].split()}
    assert set(roles_of(route.dependant) or ()) == allowed
    path = route.path
    for name in route.param_convertors:
        path = path.replace("{" + name + "}", str(new_id()))
    others = here.caller(*(set(Role) - allowed))
    method = next(iter(route.methods or {"GET"}))
    call = others.get(path) if method == "GET" else others.post(path, {}, match=1)
    refused(await call, 403, "forbidden")
    anonymous = here.service.anonymous()
    call = anonymous.get(path) if method == "GET" else anonymous.post(path, {}, match=1)
    refused(await call, 401, "unauthorized")
