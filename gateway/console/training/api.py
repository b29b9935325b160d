"""The pages of community training."""

from gateway.console.training import sessions

ROUTERS = [sessions.router]
