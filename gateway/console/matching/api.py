"""The pages of matching."""

from gateway.console.matching import families, matches, proposals, volunteers

ROUTERS = [families.router, proposals.router, volunteers.router, matches.router]
