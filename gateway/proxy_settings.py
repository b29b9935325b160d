"""Policy values of the data path: limits, time-outs, pools, breakers; the gateway's settings extend them."""

from pydantic import Field

from shared.settings import Settings


class DataPathSettings(Settings):
    """What an operator may turn; each is `CIRCLE_<NAME>` like every other setting."""

    limit_requests: int = Field(default=12_000, ge=1, description="Requests a client may make in one window.")
    limit_requests_intake: int = Field(default=120, ge=1, description="The same for a client that may only hand in.")
    limit_requests_visitor: int = Field(
        default=600, ge=1, description="The same for an address from which somebody reads what needs no token."
    )
    limit_window_seconds: int = Field(default=60, ge=1, le=3600)
    connect_seconds: float = Field(default=1.0, gt=0, description="How long a connection to a service may take.")
    # A little longer than a service takes to give up on its database.
    answer_seconds: float = Field(default=9.0, gt=0, description="How long a service may be silent.")
    client_silence_seconds: float = Field(default=15.0, gt=0, description="How long a half-sent request may pause.")
    upstream_connections: int = Field(default=64, ge=1, le=1024, description="Connections to each service, at most.")
    upstream_idle_seconds: float = Field(default=30.0, gt=0, description="Shorter than a service's own keep-alive.")
    breaker_failures: int = Field(default=5, ge=1, description="Failures in a row that open the breaker.")
    breaker_seconds: float = Field(default=1.0, gt=0, description="How long it stays open before one request tries.")
    openapi_seconds: float = Field(default=30.0, ge=0, description="How long the merged description is good.")
