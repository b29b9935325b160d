"""Who takes part in the demonstration: partnership, organisations, people and clients, all made over HTTP."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx

from deploy.local.client import Answer, Caller, Gateway
from deploy.local.logins import ClientLogin, PersonLogin, SignInError, set_password

PARTNERSHIP: Final = "Southend"
ORGANISATIONS: Final = {
    "authority": ("Southend-on-Sea City Council (demonstration)", "la"),
    "scheme": ("Volunteers in Child Protection (demonstration)", "scheme"),
    "vcs": ("Harbour Family Centre (demonstration)", "vcs"),
    "faith": ("Westcliff Faith Forum (demonstration)", "faith"),
    "statutory": ("Estuary Health Visiting (demonstration)", "statutory"),
}
# key: display name, organisation, roles
PEOPLE: Final = {
    "social_worker": ("Amina Yusuf", "authority", ["social_worker"]),
    "lead_practitioner": ("Daniel Okafor", "authority", ["lead_practitioner"]),
    "la_manager": ("Ruth Albright", "authority", ["la_manager"]),
    "operational_link": ("Priya Nair", "authority", ["operational_link"]),
    "dpo": ("Helen Marsh", "authority", ["dpo"]),
    "auditor": ("Owen Price", "authority", ["auditor"]),
    "admin": ("Grace Lindqvist", "authority", ["admin"]),
    "project_manager": ("Margaret Holt", "scheme", ["project_manager"]),
    "coordinator": ("Tom Adeyemi", "scheme", ["coordinator"]),
    "coordinator_two": ("Leila Haddad", "scheme", ["coordinator"]),
    "trainer": ("Joan Whitcombe", "scheme", ["trainer"]),
    "analyst": ("Victor Lam", "scheme", ["analyst"]),
    "volunteer": ("Susan Archer", "scheme", ["volunteer"]),
    "volunteer_two": ("Brian Castle", "scheme", ["volunteer"]),
    "advocate": ("Nadia Rahman", "vcs", ["advocate"]),
    "vcs_member": ("Peter Sands", "vcs", ["vcs_member"]),
    "health_visitor": ("Claire Boyd", "statutory", ["lead_practitioner"]),
}
# key: name, organisation, kind
CLIENTS: Final = {
    "la_system": ("Case system (demonstration)", "authority", "partner"),
    "intake": ("Public form (demonstration)", "scheme", "intake"),
}
_ADMINISTRATION: Final = "administration"
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aeiou"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """With which a system gets tokens."""

    client_id: str
    client_secret: str

    @property
    def login(self) -> ClientLogin:
        return ClientLogin(self.client_id, self.client_secret)


@dataclass(frozen=True, slots=True)
class SignIn:
    """With which a person signs in, and whom they are then."""

    person: str
    name: str
    email: str
    password: str
    organisation: str
    roles: tuple[str, ...]

    @property
    def login(self) -> PersonLogin:
        return PersonLogin(self.email, self.password)


@dataclass(frozen=True, slots=True)
class DemoIdentity:
    """Everything of the demonstration that journey, demonstration and console go on from. Ids are texts."""

    partnership: str
    organisations: dict[str, str]
    people: dict[str, SignIn]
    clients: dict[str, ClientKey]

    def document(self) -> dict[str, Any]:
        """As it is kept in the state folder; holds secrets."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "DemoIdentity":
        people = {key: SignIn(**{**one, "roles": tuple(one["roles"])}) for key, one in document["people"].items()}
        clients = {key: ClientKey(**one) for key, one in document["clients"].items()}
        return cls(document["partnership"], dict(document["organisations"]), people, clients)


async def ensure(url: str, platform: ClientKey, kept: Mapping[str, Any] | None = None) -> DemoIdentity:
    """Make what is not there yet. `kept` is the document of the last time; what it lacks is set anew."""
    async with Gateway(url) as gateway:
        known = DemoIdentity.of(kept) if kept else None
        if known is not None and await _is_whole(gateway, known):
            return known
        return await _Maker(gateway, platform, known).make()


async def _is_whole(gateway: Gateway, known: DemoIdentity) -> bool:
    """Whether the platform still knows all of it: its administration can sign in, and nobody is missing."""
    if set(PEOPLE) - set(known.people) or set(CLIENTS) - set(known.clients):
        return False
    admin = gateway.caller(_ADMINISTRATION, known.clients[_ADMINISTRATION].login)
    try:
        answer = await admin.get("/v1/partnerships")
    except (SignInError, AssertionError):
        return False
    return [one["id"] for one in answer["items"]] == [known.partnership]


class _Maker:
    """One run over everything that has to be there."""

    def __init__(self, gateway: Gateway, platform: ClientKey, known: DemoIdentity | None) -> None:
        self.gateway = gateway
        self.platform = gateway.caller("platform", platform.login)
        self.known_clients = known.clients if known else {}
        self.known_people = known.people if known else {}

    async def make(self) -> DemoIdentity:
        partnership, key = await self._partnership()
        admin = self.gateway.caller(_ADMINISTRATION, key.login)
        organisations = {name: await self._organisation(admin, *ORGANISATIONS[name]) for name in ORGANISATIONS}
        people = {name: await self._person(admin, name, organisations) for name in PEOPLE}
        clients = {name: await self._client(admin, name, organisations) for name in CLIENTS}
        return DemoIdentity(partnership, organisations, people, {_ADMINISTRATION: key, **clients})

    async def _partnership(self) -> tuple[str, ClientKey]:
        body = {
            "name": PARTNERSHIP,
            "scheme_name": "Empowering families",
            "local_authority": ORGANISATIONS["authority"][0],
            "settings": {"places_a_year": 50, "places_for_high_level_cin": 25},
        }
        made = await self.platform.attempt("/v1/partnerships", body)
        if made.status == httpx.codes.CREATED:
            return made["partnership"]["id"], ClientKey(made["administrator"]["id"], made["client_secret"])
        partnership = _id_of_known(made)
        kept = self.known_clients.get(_ADMINISTRATION)
        if kept is not None and await self._works(kept):
            return partnership, kept
        name = {"name": f"Administration {secrets.token_hex(4)} (demonstration)"}
        made = await self.platform.post(f"/v1/partnerships/{partnership}/administrators", name)
        return partnership, ClientKey(made["client"]["id"], made["client_secret"])

    async def _works(self, key: ClientKey) -> bool:
        try:
            await key.login.token(self.gateway.http)
        except SignInError:
            return False
        return True

    async def _organisation(self, admin: Caller, name: str, kind: str) -> str:
        answer = await admin.attempt("/v1/organisations", {"name": name, "kind": kind})
        return answer.id if answer.status == httpx.codes.CREATED else _id_of_known(answer)

    async def _person(self, admin: Caller, key: str, organisations: Mapping[str, str]) -> SignIn:
        name, organisation, roles = PEOPLE[key]
        email = f"{key.replace('_', '-')}@demo.example"
        body = {"display_name": name, "email": email, "reference": f"demo-{key}"}
        answer = await admin.attempt("/v1/people", body)
        person = answer.id if answer.status == httpx.codes.CREATED else _id_of_known(answer)
        membership = {"organisation": organisations[organisation], "roles": roles}
        joined = await admin.attempt(f"/v1/people/{person}/memberships", membership)
        if joined.status != httpx.codes.CREATED:
            _id_of_known(joined)
        kept = self.known_people.get(key)
        password = kept.password if kept and kept.person == person else await self._password(admin, person, email)
        return SignIn(person, name, email, password, organisations[organisation], tuple(roles))

    async def _password(self, admin: Caller, person: str, email: str) -> str:
        password = "-".join(_syllables(5) for _ in range(3))
        code = (await admin.post(f"/v1/people/{person}/invitations"))["code"]
        await set_password(self.gateway.http, email, code, password)
        return password

    async def _client(self, admin: Caller, key: str, organisations: Mapping[str, str]) -> ClientKey:
        name, organisation, kind = CLIENTS[key]
        body = {"organisation": organisations[organisation], "name": name, "kind": kind}
        answer = await admin.attempt("/v1/clients", body)
        if answer.status == httpx.codes.CREATED:
            return ClientKey(answer["client"]["id"], answer["client_secret"])
        known, kept = _id_of_known(answer), self.known_clients.get(key)
        if kept is not None and kept.client_id == known and await self._works(kept):
            return kept
        renewed = await admin.move(f"/v1/clients/{known}/rotate-secret", {})
        return ClientKey(known, renewed["client_secret"])


def _id_of_known(answer: Answer) -> str:
    """The id of what is there already; anything else that was answered is a failure."""
    if answer.problem != "already-registered":
        raise AssertionError(f"the demonstration's people could not be made: {answer.status} {answer.document}")
    return answer.id


def _syllables(letters: int) -> str:
    """Letters that can be read out and typed: consonant, vowel, consonant …"""
    return "".join(secrets.choice(_VOWELS if index % 2 else _CONSONANTS) for index in range(letters))
