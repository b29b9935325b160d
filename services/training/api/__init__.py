"""Routes of the training service: parse, call, return."""

from services.training.api import (
    attendance,
    attendees,
    bookings,
    catalogue,
    imports,
    inductions,
    labels,
    public,
    releases,
    reports,
    rounds,
    sign_ins,
    suggestions,
)

ROUTERS = [
    catalogue.programmes,
    catalogue.courses,
    catalogue.sessions,
    bookings.router,
    attendance.sessions,
    attendance.participations,
    attendees.router,
    sign_ins.router,
    sign_ins.public,
    rounds.router,
    inductions.router,
    imports.router,
    labels.router,
    suggestions.router,
    reports.router,
    releases.router,
    public.router,
    public.sessions,
]
