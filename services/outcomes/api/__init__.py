"""Routes of the outcomes service: parse, call, return."""

from services.outcomes.api import evaluations, plans, readings, reports, stages, timelines

ROUTERS = [timelines.router, plans.router, stages.router, readings.router, evaluations.router, reports.router]
