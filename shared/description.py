"""What a service says of its own routes: written once, and told anew only to those who do not have it yet."""

import hashlib

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

PATH = "/openapi.json"


def serve(app: FastAPI) -> None:
    """Answer `/openapi.json` with an ETag.

    The edge asks every few seconds while a service is missing; written out each time, a description of two hundred
    kilobytes held up whoever else was being served.
    """
    written: list[tuple[bytes, str]] = []

    async def describe(request: Request) -> Response:
        if not written:
            body = orjson.dumps(app.openapi())
            written.append((body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'))
        body, tag = written[0]
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        return Response(body, media_type="application/json", headers={"etag": tag})

    app.add_route(PATH, describe, include_in_schema=False)
