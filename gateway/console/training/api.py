"""The pages of community training."""

from gateway.console.training import imports, reports, sessions

ROUTERS = [sessions.router, imports.router, reports.router]
