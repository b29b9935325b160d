"""The pages of community training."""

from gateway.console.training import imports, releases, reports, sessions

ROUTERS = [sessions.router, imports.router, reports.router, releases.router]
