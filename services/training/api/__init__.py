"""Routes of the training service: parse, call, return."""

from services.training.api import catalogue, imports, inductions

ROUTERS = [catalogue.programmes, catalogue.courses, catalogue.sessions, inductions.router, imports.router]
