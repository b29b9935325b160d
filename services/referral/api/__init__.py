"""Routes of the referral service: parse, call, return."""

from fastapi import APIRouter

from services.referral.api import allocations, concerns, ending, families, plans, referrals, risk

ROUTERS: list[APIRouter] = [
    families.router,
    families.children,
    referrals.router,
    risk.router,
    ending.router,
    plans.router,
    plans.of_referral,
    concerns.router,
    allocations.router,
]
