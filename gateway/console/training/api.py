"""The pages of community training."""

from gateway.console.training import (
    doors,
    imports,
    offline,
    places,
    programmes,
    releases,
    reports,
    rounds,
    sessions,
    suggestions,
)

ROUTERS = [
    programmes.router,
    rounds.router,
    places.router,
    suggestions.router,
    sessions.router,
    doors.router,
    offline.router,
    imports.router,
    reports.router,
    releases.router,
]
