"""Routes of the matching service: parse, call, return."""

from fastapi import APIRouter

from services.matching.api import clearances, contacts, matches, requests, supervisions, visits, volunteers

# `visits` and `contacts` have fixed paths beside `/{match_id}`: they come before `matches`.
ROUTERS: list[APIRouter] = [
    volunteers.router,
    clearances.router,
    requests.router,
    visits.router,
    contacts.router,
    matches.router,
    supervisions.router,
]
