"""A body that is a file: it goes to disk as it comes, and is hashed on its way, so that nobody holds it whole."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from shared.errors import UnsupportedMedia

# A smaller one, as most are, never touches the disk.
_IN_MEMORY: Final = 1_048_576
_SCOPE: Final = "circle.upload"


@dataclass(frozen=True, slots=True)
class Upload:
    """The file, at its beginning, until the answer is made, and its SHA-256."""

    file: BinaryIO
    digest: bytes
    size: int


class Takes:
    """Declares, as a dependency, that the body is a file of one of these media types."""

    def __init__(self, *types: str) -> None:
        self.types = types

    async def __call__(self, request: Request) -> Upload:
        upload: Upload = request.scope[_SCOPE]
        return upload


def takes(*types: str) -> Any:
    """`Sheet = Annotated[Upload, takes("text/csv")]`: the route's body may be as long as an upload may be."""
    return Depends(Takes(*types))


def asked_for(dependant: Dependant) -> Takes | None:
    """What a route declares of its body's file; None where its body is not one."""
    if isinstance(dependant.call, Takes):
        return dependant.call
    return next((found for one in dependant.dependencies if (found := asked_for(one)) is not None), None)


@asynccontextmanager
async def received(request: Request, declared: Takes) -> AsyncIterator[None]:
    """The body is there, as a file, as long as this lasts."""
    kind, _, _ = request.headers.get("content-type", "").partition(";")
    is_named = kind.strip().lower() in declared.types
    digest, size = hashlib.sha256(), 0
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        async for part in request.stream():
            # Whoever sends nothing need not say what it is.
            if part and not is_named:
                raise UnsupportedMedia("The body must be one of " + ", ".join(declared.types) + ".")
            digest.update(part)
            size += len(part)
            file.write(part)
        file.seek(0)
        request.scope[_SCOPE] = Upload(cast(BinaryIO, file), digest.digest(), size)
        yield


def digest_of(request: Request) -> bytes | None:
    """The SHA-256 of a body that is a file; None of any other."""
    upload: Upload | None = request.scope.get(_SCOPE)
    return upload.digest if upload is not None else None


def described(declared: Takes) -> dict[str, Any]:
    """The body as OpenAPI has it."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": dict.fromkeys(declared.types, schema)}}
