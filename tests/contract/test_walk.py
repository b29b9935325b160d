"""The walk along the links finds what it looks for: a small server, whole or with one fault planted."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests

from deploy.local.process import LOOPBACK
from gateway.openapi import links
from shared.auth import Role
from shared.ids import new_id
from tests.contract.exercise import read
from tests.contract.walk import Walk

_FAULTS = {
    "none": "",
    "ignores tokens": "without authentication",
    "keeps the deleted": "previously deleted",
    "loses the new": "just created",
    "breaks": "Server error",
}
_THING = {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]}
_ID = {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


class Somebody:
    """One role, one token."""

    def __init__(self) -> None:
        self.logins = {Role.ADMIN: None}
        self.ids: dict[str, list[str]] = {}

    def token(self, role: Role) -> str:
        return f"token-of-{role}"

    def known(self, name: str) -> str:
        return ""


def described() -> dict[str, Any]:
    def operation(name: str, status: str, *parameters: Any, content: Any = _THING) -> dict[str, Any]:
        answer = {"description": "done", **({"content": {"application/json": {"schema": content}}} if content else {})}
        refused = {one: {"description": "refused"} for one in ("401", "404", "422")}
        common = {"x-roles": ["admin"], "security": [{"bearer": []}], "parameters": list(parameters)}
        return {"operationId": name, "responses": {status: answer, **refused}, **common}

    page = {"type": "object", "properties": {"items": {"type": "array", "items": _THING}}, "required": ["items"]}
    one = {"get": operation("get", "200", _ID), "delete": operation("delete", "204", _ID, content=None)}
    paths = {
        "/v1/things": {"get": operation("list", "200", content=page), "post": operation("make", "201")},
        "/v1/things/{thing_id}": one,
    }
    links.add(paths, {})
    security = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    return {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": paths, "components": security}


class Things:
    """What the server keeps, and what it answers."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.kept: list[str] = []

    def answer(self, method: str, path: str, token: str) -> tuple[int, Any]:
        named = re.search(r"/v1/things/([0-9a-f-]+)", path)
        if token != "Bearer token-of-admin" and self.fault != "ignores tokens":
            return 401, None
        return self._of_one(method, named[1]) if named else self._of_all(method)

    def _of_all(self, method: str) -> tuple[int, Any]:
        if method == "POST":
            self.kept.append(made := str(new_id()))
            if self.fault == "loses the new":
                self.kept.pop()
            return 201, {"id": made}
        return 500 if self.fault == "breaks" else 200, {"items": [{"id": one} for one in self.kept[-1:]]}

    def _of_one(self, method: str, name: str) -> tuple[int, Any]:
        if name not in self.kept:
            return 404, None
        if method == "DELETE":
            if self.fault != "keeps the deleted":
                self.kept.remove(name)
            return 204, None
        return 200, {"id": name}


@contextmanager
def served(fault: str) -> Iterator[str]:
    things = Things(fault)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_all(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, document = things.answer(self.command, self.path, self.headers.get("Authorization", ""))
            content = json.dumps(document).encode() if document is not None else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = handle_all  # noqa: N815 - the base class looks for these names

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
@pytest.mark.parametrize(("fault", "said"), _FAULTS.items(), ids=list(_FAULTS))
def test_each_planted_fault_is_found_and_nothing_else(fault: str, said: str) -> None:
    with served(fault) as url, requests.Session() as session:
        walk = Walk(Somebody(), session)
        walk.play(read(described(), url), runs=2)
    told = "\n".join(walk.wrong.values())
    assert said in told
    assert bool(told) == bool(said), told
    # A thing that is made is looked at and taken away along the links.
    assert {("POST /v1/things", "GET /v1/things/{thing_id}")} <= set(walk.followed) or fault == "loses the new"
