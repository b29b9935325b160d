"""Routes of people, their memberships and their identities elsewhere: parse, call, return."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from gateway.identity import repository
from gateway.identity.api.callers import ADMIN, STAFF, Admin
from gateway.identity.schemas import (
    ExternalIdentityIn,
    ExternalIdentityOut,
    InvitationOut,
    Me,
    MembershipIn,
    MembershipOut,
    OrganisationOut,
    PartnershipOut,
    PersonDetails,
    PersonIn,
    PersonOut,
    Reference,
    SignedOut,
)
from gateway.identity.service import externals, memberships, people
from gateway.identity.service.externals import Owner
from gateway.tokens.start import IssuerOf
from shared.auth import Role
from shared.errors import NotFound
from shared.etag import IfMatch, tag
from shared.http import router as router_of
from shared.idempotency import leave_out
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import AnyRole, PartsOf, Session

router = router_of("/v1/people", "People")
OfOrganisation = Annotated[UUID | None, Query(description="Only those who are or were members of it.")]
WithRole = Annotated[Role | None, Query(description="Only those who hold or held this role, there or anywhere.")]
WithReference = Annotated[Reference | None, Query(description="Only the one with this key of yours.")]


def _wanted(
    organisation: OfOrganisation = None, role: WithRole = None, reference: WithReference = None
) -> repository.People:
    return repository.People(organisation, role.value if role else None, reference)


Wanted = Annotated[repository.People, Depends(_wanted)]


@router.post("", status_code=201)
async def register_person(
    body: PersonIn, session: Session, caller: Admin, issuer: IssuerOf, response: Response
) -> PersonOut:
    """Register somebody who is to sign in; an invitation lets them set a password."""
    person = await people.register(session, body, issuer.names, issuer.parts.vault)
    tag(response, person)
    return (await people.shown(session, [person], issuer.parts.vault))[0]


@router.get("", dependencies=[STAFF])
async def list_people(
    session: Session, parts: PartsOf, wanted: Wanted, cursor: Cursor = None, limit: Limit = 50
) -> Page[PersonOut]:
    """List people of your partnership, in no order of names: those are sealed."""
    rows = await repository.list_people(session, cursor, limit, wanted)
    items = await people.shown(session, rows[:limit], parts.vault)
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


@router.get("/me")
async def get_me(session: Session, caller: AnyRole, parts: PartsOf) -> Me:
    """Show who you are, and as whom you act. A client is nobody."""
    if caller.person is None:
        raise NotFound
    person = await repository.get_person(session, caller.person)
    return Me(
        person=(await people.shown(session, [person], parts.vault))[0],
        partnership=PartnershipOut.of(await repository.get_partnership(session, caller.partnership)),
        organisation=OrganisationOut.of(await repository.get_organisation(session, caller.organisation)),
        roles=sorted(caller.roles),
    )


@router.get("/{person_id}")
async def get_person(
    person_id: UUID, session: Session, caller: AnyRole, parts: PartsOf, response: Response
) -> PersonOut:
    """Show somebody; the address only to administrators and to themselves."""
    people.require_may_see(caller, person_id)
    person = await repository.get_person(session, person_id)
    tag(response, person)
    return (await people.shown(session, [person], parts.vault))[0]


@router.post("/{person_id}/change", dependencies=[ADMIN])
async def change_person(
    person_id: UUID, body: PersonDetails, session: Session, match: IfMatch, issuer: IssuerOf, response: Response
) -> PersonOut:
    """Change name and address; with another address they have to sign in anew."""
    person = await people.change(session, person_id, body, match, (issuer.names, issuer.parts.vault))
    await session.flush()
    tag(response, person)
    return (await people.shown(session, [person], issuer.parts.vault))[0]


@router.post("/{person_id}/invitations", status_code=201)
async def invite_person(
    person_id: UUID, session: Session, caller: Admin, issuer: IssuerOf, request: Request
) -> InvitationOut:
    """Make a code with which they set, or set anew, their password. Hand it over in person or by telephone."""
    leave_out(request, "code")
    code, until = await people.invite(session, person_id, issuer.settings.invitation_hours)
    return InvitationOut(code=code, expires_at=until)


@router.post("/{person_id}/sign-outs", status_code=201)
async def sign_person_out(person_id: UUID, session: Session, caller: Admin) -> SignedOut:
    """End every session and token that they have, within a second."""
    return SignedOut(signed_out_at=await people.sign_out(session, person_id))


@router.post("/{person_id}/memberships", status_code=201)
async def start_membership(
    person_id: UUID, body: MembershipIn, session: Session, caller: Admin, response: Response
) -> MembershipOut:
    """Give them roles in an organisation."""
    membership = await memberships.start(session, person_id, body)
    tag(response, membership)
    return MembershipOut.of(membership)


@router.post("/{person_id}/memberships/{membership_id}/end")
async def end_membership(
    person_id: UUID, membership_id: UUID, session: Session, caller: Admin, match: IfMatch, response: Response
) -> MembershipOut:
    """End a membership now; tokens that came from it are refused within a second."""
    membership = await memberships.end(session, person_id, membership_id, match)
    await session.flush()
    tag(response, membership)
    return MembershipOut.of(membership)


@router.post("/{person_id}/external-identities", status_code=201)
async def register_external_identity_of_person(
    person_id: UUID, body: ExternalIdentityIn, session: Session, caller: Admin, issuer: IssuerOf
) -> ExternalIdentityOut:
    """Register under which identity a trusted external issuer knows them."""
    trusted = {one.issuer for one in issuer.settings.external_issuers}
    return externals.shown(await externals.add(session, Owner(person=person_id), body, issuer.names, trusted))


@router.get("/{person_id}/external-identities")
async def list_external_identities_of_person(
    person_id: UUID, session: Session, caller: Admin
) -> list[ExternalIdentityOut]:
    """List their identities at external issuers."""
    return await externals.listed(session, Owner(person=person_id))


@router.delete("/{person_id}/external-identities/{identity_id}", status_code=204)
async def remove_external_identity_of_person(
    person_id: UUID, identity_id: UUID, session: Session, caller: Admin
) -> None:
    """Remove an identity; tokens that may have come from it are refused within a second."""
    await externals.remove(session, Owner(person=person_id), identity_id)
