"""The pages for everybody."""

from gateway.console.public import releases

ROUTERS = [releases.router]
