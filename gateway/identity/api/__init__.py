"""Routes of partnerships, organisations, people and clients."""

from gateway.identity.api import clients, organisations, partnerships, people

ROUTERS = [partnerships.router, organisations.router, people.router, clients.router]
