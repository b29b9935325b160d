"""Routes of the training service: parse, call, return."""

from services.training.api import catalogue, inductions

ROUTERS = [catalogue.programmes, catalogue.courses, catalogue.sessions, inductions.router]
