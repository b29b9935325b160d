"""Stands between the journey and the gateway: marks what goes out, keeps what was asked and what came back."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpx
import orjson

from tests.world.description import Description
from tests.world.marks import Marks

_JSON: Final = "application/json"
_LOOKED_FOR: Final = "external_id"


@dataclass(frozen=True)
class Exchange:
    """One request with its answer."""

    operation: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]
    status: int
    answer: Any

    @property
    def went_well(self) -> bool:
        return self.status < httpx.codes.BAD_REQUEST

    @property
    def claims(self) -> dict[str, Any]:
        """Who asked; nothing for whoever had no token."""
        _, _, token = self.headers.get("authorization", "").partition("Bearer ")
        return _claims(token) if token.count(".") == 2 else {}


class Witness(httpx.AsyncBaseTransport):
    """A transport around another one."""

    def __init__(self, url: str, document: Mapping[str, Any]) -> None:
        self._inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=64))
        self._url = httpx.URL(url)
        self.description = Description(document)
        self.marks = Marks(self.description)
        self.marking = False
        self.exchanges: list[Exchange] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        found = self.description.find(request.method, request.url.path)
        body = _document(request.content)
        if found and self.marking:
            request, body = self._marked(request, body)
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        if found:
            self._keep(request, body, answer)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()

    def good(self, operation: str) -> Exchange | None:
        """The last request of the operation that was granted."""
        return next((one for one in reversed(self.exchanges) if one.operation == operation and one.went_well), None)

    def _marked(self, request: httpx.Request, body: Any) -> tuple[httpx.Request, Any]:
        found = self.description.find(request.method, request.url.path)
        url = request.url
        if _LOOKED_FOR in url.params:
            sent = self.marks.marked_before("id", url.params[_LOOKED_FOR])
            url = url.copy_set_param(_LOOKED_FOR, sent)
        if found and body is not None:
            body = self.marks.mark(found[0], body)
        headers = [(name, value) for name, value in request.headers.multi_items() if name != "content-length"]
        content = orjson.dumps(body) if body is not None else request.content
        return httpx.Request(request.method, url, headers=headers, content=content), body

    def _keep(self, request: httpx.Request, body: Any, answer: httpx.Response) -> None:
        found = self.description.find(request.method, request.url.path)
        if found is None:
            return
        operation, parameters = found
        self.exchanges.append(
            Exchange(
                operation=operation.name,
                path=request.url.path,
                parameters=parameters,
                query=dict(request.url.params),
                body=body,
                headers=dict(request.headers),
                status=answer.status_code,
                answer=_document(answer.content),
            )
        )


def _document(content: bytes) -> Any:
    """What a body says, when it is JSON."""
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None


@cache
def _claims(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims
