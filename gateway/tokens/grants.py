"""The grants of the token endpoint: what each asks for, and what it gives."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import repository
from gateway.tokens import codes, people
from gateway.tokens.client_auth import Party
from gateway.tokens.issuer import SCOPE, Granted, Issued, Issuer
from gateway.tokens.oauth import OAuthError, invalid_grant, invalid_request, needed
from gateway.tokens.revocations import Kind, revoke
from shared.auth import Role
from shared.db import enter, now_of
from shared.errors import NotFound

CLIENT_CREDENTIALS = "client_credentials"
AUTHORIZATION_CODE = "authorization_code"
GRANTS = (AUTHORIZATION_CODE, CLIENT_CREDENTIALS)


async def grant(session: AsyncSession, issuer: Issuer, party: Party, form: Mapping[str, str]) -> Issued | OAuthError:
    """A token, or a refusal that has to be recorded; any other refusal is raised and leaves nothing."""
    if form.get("scope", SCOPE) != SCOPE:
        raise OAuthError("invalid_scope", "There is one scope, api; roles decide the rest.")
    kind = needed(form, "grant_type")
    if kind == CLIENT_CREDENTIALS:
        return await issuer.issue(session, await _for_client(session, party, form))
    if kind == AUTHORIZATION_CODE:
        return await _for_code(session, issuer, party, form)
    raise OAuthError("unsupported_grant_type", "This grant is not offered.")


async def _for_client(session: AsyncSession, party: Party, form: Mapping[str, str]) -> Granted:
    if party.service is not None:
        return await _for_worker(session, party, form)
    if party.client is None:
        raise OAuthError("unauthorized_client", "This client acts for people only.")
    client = party.client
    return Granted(
        subject=party.client_id,
        client_id=party.client_id,
        partnership=client.partnership_id,
        organisation=client.organisation_id,
        roles=tuple(client.roles),
    )


async def _for_worker(session: AsyncSession, party: Party, form: Mapping[str, str]) -> Granted:
    """One of our own services asks on behalf of one partnership at a time."""
    try:
        partnership = UUID(needed(form, "partnership"))
        await enter(session, partnership)
        await repository.get_partnership(session, partnership)
    except (ValueError, NotFound) as error:
        raise invalid_request("There is no such partnership.") from error
    return Granted(
        subject=party.client_id,
        client_id=party.client_id,
        partnership=partnership,
        organisation=partnership,
        roles=(Role.WORKER.value,),
    )


async def _for_code(
    session: AsyncSession, issuer: Issuer, party: Party, form: Mapping[str, str]
) -> Issued | OAuthError:
    if not party.public:
        raise OAuthError("unauthorized_client", "This client does not act for people.")
    code, partnership = needed(form, "code"), codes.partnership_of(needed(form, "code"))
    redirect_uri, verifier = needed(form, "redirect_uri"), needed(form, "code_verifier")
    if partnership is None:
        raise invalid_grant()
    await enter(session, partnership)
    row = await codes.find_for_update(session, code)
    if row is None or row.client_id != party.client_id:
        raise invalid_grant()
    if row.token_id is not None:
        # Somebody uses it a second time: one of the two is a thief, so nobody keeps the token (RFC 6749 §4.1.2).
        await revoke(session, Kind.TOKEN, row.token_id)
        return invalid_grant()
    if row.expires_at <= now_of(session) or row.redirect_uri != redirect_uri:
        raise invalid_grant()
    if not codes.is_answered(row.challenge, verifier):
        raise invalid_grant()
    signed_in_at = row.expires_at - timedelta(seconds=issuer.settings.code_seconds)
    granted = await people.find_grant(session, row.person_id, row.organisation_id, row.client_id, signed_in_at)
    if granted is None:
        raise invalid_grant()
    issued = await issuer.issue(session, granted)
    row.token_id = issued.token_id
    return issued
