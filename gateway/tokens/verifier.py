"""The gateway's own verifier: as every service's, and it swaps foreign tokens and knows what has been revoked."""

from gateway.tokens.exchange import Exchange
from gateway.tokens.revocations import Revocations
from shared.auth import Caller, KeySet, TokenVerifier
from shared.errors import Unauthorized


class GatewayVerifier(TokenVerifier):
    """For the routes that the gateway answers itself."""

    def __init__(self, issuer: str, audience: str, keys: KeySet, revocations: Revocations, exchange: Exchange) -> None:
        super().__init__(issuer, audience, keys)
        self._revocations = revocations
        self._exchange = exchange

    async def verify(self, token: str) -> Caller:
        """The caller, or `Unauthorized`; a revoked token is refused however well it is known."""
        if self._exchange.is_foreign(token):
            token = await self._exchange.swap(token)
        return self._not_revoked(await super().verify(token))

    def at_once(self, token: str) -> Caller | None:
        """As every service's; None for a foreign token, and a revoked one is refused."""
        caller = super().at_once(token)
        return self._not_revoked(caller) if caller is not None else None

    def _not_revoked(self, caller: Caller) -> Caller:
        if self._revocations.is_revoked(caller.token_id, caller.client_id, caller.subject):
            raise Unauthorized("The token has been revoked.")
        return caller
