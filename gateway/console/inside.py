"""The platform's own API, called as the signed-in person: same roles, same audit, same answers as from outside."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from io import SEEK_END
from typing import Any, BinaryIO

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import routes
from gateway.console.session import Visitor
from gateway.identity import repository
from gateway.tokens.issuer import Issued, Issuer
from gateway.tokens.people import issue_to_session
from gateway.tokens.sign_in import sign_out as end_sessions
from shared.ids import new_id


async def token_for(issuer: Issuer, visitor: Visitor) -> Issued:
    """A short token with what the visitor may do at this moment; `Unauthorized` when the session is over."""
    return await issue_to_session(
        issuer, visitor.partnership, visitor.person, visitor.organisation, visitor.signed_in_at
    )


_PART = 65_536
_NOT_THEIRS = (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)


class Refused(Exception):  # noqa: N818 - the platform's answer, not a failure
    """What the platform says instead of what a page needs."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.problem: dict[str, Any] = answer.json()


class Inside:
    """One page's calls: the gateway's own paths are answered in this process, a service's go everybody's way to it."""

    def __init__(self, app: FastAPI, token: str | None, address: str = "") -> None:
        """Without a token, whoever looks is counted by the address given."""
        transport = httpx.ASGITransport(app=_answering(app), raise_app_exceptions=False, client=(address, 0))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(transport=transport, base_url="http://console.internal", headers=headers)

    async def read(self, path: str) -> Any:
        """The JSON at that path; None where the visitor's role may not look, or nothing is there."""
        answer = await self._client.get(path)
        return answer.json() if answer.status_code == 200 else None

    async def find(self, path: str, **query: Any) -> Any:
        """The JSON at that path; None where it is not the visitor's to see, `Refused` where it cannot be told."""
        answer = await self.get(path, **query)
        return None if answer.status_code in _NOT_THEIRS else must(answer).json()

    async def need(self, path: str, **query: Any) -> Any:
        """The JSON at that path; `Refused` where the page cannot be without it."""
        return must(await self.get(path, **query)).json()

    async def all(self, paths: Iterable[str]) -> list[Any]:
        """The JSON at each of these paths, in their order; None for what is not the visitor's to see."""
        return list(await asyncio.gather(*map(self.find, paths)))

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Whatever is answered at that path."""
        return await self._client.get(path, params={name: value for name, value in query.items() if value})

    async def send(self, path: str, body: Any, key: str, match: str = "") -> httpx.Response:
        """A POST with the page's own idempotency key, so that a form sent twice acts once."""
        headers = {"Idempotency-Key": key or str(new_id())} | ({"If-Match": match} if match else {})
        return await self._client.post(path, json=body, headers=headers)

    async def put(self, path: str, body: Any) -> httpx.Response:
        """A PUT, which may be sent twice as it is."""
        return await self._client.put(path, json=body)

    async def upload(self, path: str, file: BinaryIO, kind: str, key: str) -> httpx.Response:
        """A file as the body of a POST, from its beginning, part by part."""
        size = file.seek(0, SEEK_END)
        file.seek(0)
        headers = {"Idempotency-Key": key or str(new_id()), "Content-Type": kind, "Content-Length": str(size)}
        return await self._client.post(path, content=_parts(file), headers=headers)

    async def tag(self, path: str) -> str:
        """The ETag of what is at that path; empty where there is none to see."""
        answer = await self._client.get(path)
        return str(answer.headers.get("etag", ""))

    async def close(self) -> None:
        await self._client.aclose()


async def _parts(file: BinaryIO) -> AsyncIterator[bytes]:
    while part := file.read(_PART):
        yield part


def must(answer: httpx.Response) -> httpx.Response:
    """The answer; `Refused` where it is a refusal."""
    if answer.status_code != httpx.codes.OK:
        raise Refused(answer)
    return answer


def _answering(app: FastAPI) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        found = routes.find(scope["path"], scope["raw_path"])
        is_ours = found is None or found[0] == routes.GATEWAY
        await (app if is_ours else app.state.data_path)(scope, receive, send)

    return answer


async def sign_out(issuer: Issuer, visitor: Visitor) -> None:
    """End every session and token of this person, here and elsewhere."""
    async with issuer.transaction("sign-out", str(visitor.person), visitor.partnership) as session:
        await end_sessions(session, await repository.get_person_for_update(session, visitor.person))
