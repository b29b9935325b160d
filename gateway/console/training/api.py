"""The pages of community training."""

from gateway.console.training import imports, sessions

ROUTERS = [sessions.router, imports.router]
