"""Every route refuses every role that it does not name, and whoever has no token."""

import pytest
from fastapi.routing import APIRoute

from services.referral.api import ROUTERS
from services.referral.tests.factories import Partnership
from shared.auth import Role
from shared.ids import new_id

LA = {"partner_system", "social_worker", "lead_practitioner", "la_manager", "operational_link"}
SCHEME = {"project_manager", "coordinator"}
PARTNER = {"advocate", "vcs_member"}
READERS = LA | SCHEME | PARTNER
SIGNED_IN = {role.value for role in Role} - {"worker", "intake"}
SIGNERS = {"lead_practitioner", "social_worker", "project_manager", "coordinator", "volunteer"}
DECIDERS = {"project_manager", "vcs_member"}

MAY = {
    "POST /v1/families": LA,
    "GET /v1/families": READERS,
    "GET /v1/families/{family_id}": READERS | {"volunteer"},
    "POST /v1/families/{family_id}/members": LA | SCHEME,
    "POST /v1/families/{family_id}/changes": LA | SCHEME,
    "POST /v1/families/{family_id}/restriction": {"la_manager"},
    "POST /v1/families/{family_id}/members/{person_id}/erase": {"dpo"},
    "GET /v1/children/{child_id}": READERS,
    "POST /v1/referrals": LA,
    "GET /v1/referrals": READERS,
    "GET /v1/referrals/{referral_id}": READERS,
    "PUT /v1/referrals/{referral_id}": LA,
    "GET /v1/referrals/{referral_id}/history": READERS,
    "GET /v1/referrals/{referral_id}/case-facts": {"worker"},
    "POST /v1/referrals/{referral_id}/submit": LA,
    "POST /v1/referrals/{referral_id}/triage": DECIDERS,
    "POST /v1/referrals/{referral_id}/accept": DECIDERS,
    "POST /v1/referrals/{referral_id}/decline": DECIDERS,
    "POST /v1/referrals/{referral_id}/signpost": DECIDERS,
    "POST /v1/referrals/{referral_id}/withdraw": LA | DECIDERS,
    "POST /v1/referrals/{referral_id}/risk-assessments": SCHEME | {"vcs_member"},
    "GET /v1/referrals/{referral_id}/risk-assessments": READERS,
    "POST /v1/referrals/{referral_id}/risk-changes": LA | SCHEME,
    "GET /v1/referrals/{referral_id}/risk-changes": READERS,
    "POST /v1/referrals/{referral_id}/assessment-visit": SCHEME,
    "GET /v1/referrals/{referral_id}/assessment-visit": READERS | {"worker"},
    "POST /v1/referrals/{referral_id}/begin-ending": {"project_manager"},
    "POST /v1/referrals/{referral_id}/conclude": {"project_manager"},
    "POST /v1/referrals/{referral_id}/involvement-plans": SCHEME,
    "GET /v1/referrals/{referral_id}/involvement-plans": LA | SCHEME,
    "GET /v1/involvement-plans": SIGNERS,
    "GET /v1/involvement-plans/{plan_id}": LA | SCHEME | {"volunteer"},
    "POST /v1/involvement-plans/{plan_id}/signatures": SIGNERS,
    "POST /v1/concerns": SIGNED_IN | {"intake"},
    "GET /v1/concerns": SIGNED_IN,
    "GET /v1/concerns/{concern_id}": SIGNED_IN,
    "POST /v1/concerns/{concern_id}/acknowledge": SIGNED_IN,
    "POST /v1/concerns/{concern_id}/decide": SIGNED_IN,
    "POST /v1/allocations": LA | SCHEME | {"vcs_member"},
    "GET /v1/allocations": READERS,
    "GET /v1/allocations/{allocation_id}": READERS,
    "POST /v1/allocations/{allocation_id}/end": LA | SCHEME | {"vcs_member"},
}
ROUTES = {
    f"{method} {route.path}": route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
}


def test_every_route_is_listed_here() -> None:
    assert set(ROUTES) == set(MAY)


@pytest.mark.parametrize("route", list(MAY))
async def test_a_route_refuses_every_role_that_it_does_not_name(here: Partnership, route: str) -> None:
    method, template = route.split(" ")
    ids = ("family_id", "person_id", "child_id", "referral_id", "plan_id", "concern_id", "allocation_id")
    path = template.format(**{name: new_id() for name in ids})
    for role in Role:
        caller = here.as_(role, person=new_id())
        headers = {"Idempotency-Key": str(new_id())}
        answer = await caller.send(method, path, json=None if method == "GET" else {}, headers=headers)
        if role.value in MAY[route]:
            assert answer.status_code not in {401, 403}, (route, role)
        else:
            assert answer.status_code == 403, (route, role)
    assert (await here.service.anonymous().send(method, path)).status_code == 401


def test_every_route_says_in_the_description_what_it_does_and_what_it_answers() -> None:
    for name, route in ROUTES.items():
        assert route.description, name
        assert route.response_model is not None or route.status_code == 204, name
