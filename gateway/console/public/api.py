"""The pages for everybody."""

from gateway.console.public import releases, sessions, sign_in

ROUTERS = [releases.router, sessions.router, sign_in.router]
