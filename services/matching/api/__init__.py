"""Routes of the matching service: parse, call, return."""

from fastapi import APIRouter

from services.matching.api import (
    allegations,
    check_ins,
    clearances,
    contacts,
    leaves,
    matches,
    outcodes,
    plans,
    refusals,
    requests,
    supervisions,
    today,
    visits,
    volunteers,
    weights,
)

# `visits` and `contacts` have fixed paths beside `/{match_id}`: they come before `matches`.
ROUTERS: list[APIRouter] = [
    outcodes.router,
    volunteers.router,
    clearances.router,
    requests.router,
    refusals.router,
    visits.router,
    contacts.router,
    matches.router,
    plans.router,
    supervisions.router,
    weights.router,
    weights.factors,
    weights.fairness,
    allegations.router,
    check_ins.router,
    today.router,
    today.definitions,
    leaves.router,
]
