"""The pages for everybody."""

from gateway.console.public import releases, sessions

ROUTERS = [releases.router, sessions.router]
