"""The pages of matching."""

from gateway.console.matching import check_in, day, fairness, families, leave, matches, plans, proposals, volunteers

ROUTERS = [
    families.router,
    proposals.router,
    volunteers.router,
    matches.router,
    fairness.router,
    plans.router,
    day.router,
    leave.router,
    check_in.router,
]
