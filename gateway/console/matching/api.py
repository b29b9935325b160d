"""The pages of matching."""

from gateway.console.matching import families, proposals, volunteers

ROUTERS = [families.router, proposals.router, volunteers.router]
