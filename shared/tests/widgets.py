"""A small service of the house, made only of the spine: what a real one does, without any domain."""

import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from fastapi import FastAPI, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import SQLModel, col, select

from shared import audit, etag, history, http, idempotency, outbox
from shared.auth import Caller, Role
from shared.db import work_of
from shared.errors import Conflict, NotFound, WaitingFor
from shared.etag import IfMatch
from shared.events.referral import ReferralTriaged
from shared.events.training import InductionStarted
from shared.http import create_app
from shared.migrations import protect
from shared.pagination import Cursor, Limit, Page, decode, encode
from shared.routing import AnyRole, Session, WorkerOnly, allow
from shared.settings import Settings
from shared.tables import Versioned, words
from shared.uploads import Upload, takes

SERVICE = "training"
Maker = Annotated[Caller, allow(Role.COORDINATOR, Role.VOLUNTEER)]
PlainFile = Annotated[Upload, takes("text/csv", "text/plain")]
MAX_UPLOAD = 3_000_000
FAILS_AT_COMMIT = "fails at commit"


class Base(SQLModel, registry=registry(metadata=MetaData())):
    """Tables of the tests."""


class Widget(Base, Versioned, table=True):
    """Anything: with a label, and with a family whose case it belongs to."""

    __tablename__ = "widgets"

    label: str = words()
    family_id: UUID | None = None


DDL = """
CREATE TABLE widgets (id uuid PRIMARY KEY, partnership_id uuid NOT NULL, version int NOT NULL, label text NOT NULL,
  family_id uuid);
CREATE FUNCTION widgets_may_fail() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN IF NEW.label = 'fails at commit' THEN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER fails_late AFTER INSERT OR UPDATE ON widgets DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION widgets_may_fail();
"""


async def make_table(environment: dict[str, str]) -> None:
    """As a migration would: the owner makes the table, `protect` guards it."""
    password, name = environment["CIRCLE_OWNER_PASSWORD"], environment["CIRCLE_DATABASE_NAME"]
    address = f"{environment['CIRCLE_DATABASE_HOST']}:{environment['CIRCLE_DATABASE_PORT']}"
    engine = create_async_engine(
        f"postgresql+asyncpg://{SERVICE}_owner:{password}@{address}/{name}", poolclass=pool.NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(_create)
    await engine.dispose()


def _create(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        for statement in DDL.split(";\nCREATE"):
            connection.execute(text(statement if "CREATE" in statement[:8] else "CREATE" + statement))
        protect(SERVICE, "widgets", case="family_id")


class WidgetIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: str = Field(min_length=1, max_length=500)
    family: UUID | None = None
    count: StrictInt = 1
    at: AwareDatetime | None = None


class WidgetOut(BaseModel):
    id: UUID
    label: str
    version: int


router = http.router("/v1/widgets", "widgets")


@router.post("", status_code=201)
async def make_widget(body: WidgetIn, session: Session, _caller: Maker, response: Response) -> WidgetOut:
    """Make one, with history, event and audit."""
    widget = Widget(partnership_id=work_of(session).partnership, label=body.label, family_id=body.family)
    session.add(widget)
    audit.saw(session, "widget", widget.id, family=body.family)
    history.record(session, "widget", widget.id, (None, "made"), family=body.family)
    if body.family:
        outbox.add(session, ReferralTriaged(family=body.family, referral=widget.id))
    else:
        outbox.add(session, InductionStarted(volunteer=widget.id, induction=widget.id))
    etag.tag(response, widget)
    return WidgetOut(id=widget.id, label=widget.label, version=widget.version)


@router.get("")
async def list_widgets(session: Session, _caller: AnyRole, limit: Limit = 50, cursor: Cursor = None) -> Page[WidgetOut]:
    """By label."""
    query = select(Widget).order_by(col(Widget.label), col(Widget.id)).limit(limit + 1)
    if cursor is not None:
        label, _ = decode(cursor, 2)
        query = query.where(col(Widget.label) > label)
    rows = (await session.exec(query)).all()
    shown = [WidgetOut(id=one.id, label=one.label, version=one.version) for one in rows[:limit]]
    return Page(items=shown, next=encode(shown[-1].label, shown[-1].id) if len(rows) > limit else None)


@router.get("/{widget_id}")
async def get_widget(widget_id: UUID, session: Session, _caller: AnyRole, response: Response) -> WidgetOut:
    """One."""
    widget = await session.get(Widget, widget_id)
    if widget is None:
        raise NotFound
    audit.saw(session, "widget", widget.id)
    etag.tag(response, widget)
    return WidgetOut(id=widget.id, label=widget.label, version=widget.version)


@router.post("/{widget_id}/rename")
async def rename_widget(
    widget_id: UUID, body: WidgetIn, session: Session, _caller: Maker, match: IfMatch, response: Response
) -> WidgetOut:
    """Another label."""
    widget = await session.get(Widget, widget_id, with_for_update=True)
    if widget is None:
        raise NotFound
    match.check(widget)
    widget.label = body.label
    work_of(session).pending.changed = True
    await session.flush()
    etag.tag(response, widget)
    return WidgetOut(id=widget.id, label=widget.label, version=widget.version)


# Tests hold the gate to keep a request in the middle of its work.
GATE: dict[str, asyncio.Event] = {}


@router.post("/{widget_id}/slow")
async def slow_widget(widget_id: UUID, body: WidgetIn, session: Session, _caller: Maker) -> WidgetOut:
    """Waits in the middle of the transaction until the test lets it go on."""
    session.add(Widget(id=widget_id, partnership_id=work_of(session).partnership, label=body.label))
    work_of(session).pending.changed = True
    await session.flush()
    GATE["reached"].set()
    await GATE["open"].wait()
    return WidgetOut(id=widget_id, label=body.label, version=1)


@router.post("/{widget_id}/secret")
async def secret_widget(widget_id: UUID, request: Request, _session: Session, _caller: Maker) -> dict[str, str]:
    """Answers with something that is shown once."""
    idempotency.leave_out(request, "secret")
    return {"id": str(widget_id), "secret": "shown once only"}


@router.post("/{widget_id}/refuse")
async def refuse_widget(widget_id: UUID, session: Session, _caller: Maker) -> WidgetOut:
    """Changes something, then refuses."""
    session.add(Widget(id=widget_id, partnership_id=work_of(session).partnership, label="refused"))
    await session.flush()
    raise Conflict("Not now.")


@router.post("/{widget_id}/wait")
async def wait_widget(widget_id: UUID, _session: Session, _caller: Maker) -> WidgetOut:
    """Waits for a fact of another service that is there when the test says so."""
    if not GATE["open"].is_set():
        raise WaitingFor("gate-widget", "Not yet.", ["circle.widget.made.v1"])
    return WidgetOut(id=widget_id, label="came", version=1)


@router.post("/{widget_id}/break")
async def break_widget(widget_id: UUID, body: WidgetIn, session: Session, _caller: Maker) -> WidgetOut:
    """A defect whose error carries what the caller sent."""
    session.add(Widget(id=widget_id, partnership_id=work_of(session).partnership, label=body.label))
    await session.flush()
    raise RuntimeError(f"cannot handle {body.label}")


@router.post("/{widget_id}/twice")
async def twice_widget(widget_id: UUID, body: WidgetIn, session: Session, _caller: Maker) -> WidgetOut:
    """Stands against a row that is there, with the caller's value in the database's error."""
    for _ in range(2):
        session.add(Widget(id=widget_id, partnership_id=work_of(session).partnership, label=body.label))
        await session.flush()
        session.expunge_all()
    return WidgetOut(id=widget_id, label=body.label, version=1)


@router.get("/roles/none")
async def no_role(_session: Session) -> dict[str, str]:
    """Declares nobody, so nobody may."""
    return {}


@router.get("/roles/worker")
async def worker_role(_session: Session, _caller: WorkerOnly) -> dict[str, str]:
    """For other services only."""
    return {}


class FileOut(BaseModel):
    """What came, and that it is what its hash says."""

    size: int
    begins: str
    whole: bool


@router.post("/files", status_code=201)
async def take_file(file: PlainFile, session: Session, _caller: Maker) -> FileOut:
    """Takes a body that is a file."""
    content = file.file.read()
    work_of(session).pending.changed = True
    whole = hashlib.sha256(content).digest() == file.digest and len(content) == file.size
    return FileOut(size=file.size, begins=content[:10].decode(), whole=whole)


def create() -> FastAPI:
    """The app; settings come from the environment."""
    settings: Any = Settings
    limits = {"max_body_bytes": 4096, "max_upload_bytes": MAX_UPLOAD}
    return create_app(settings(service=SERVICE, **limits), "Widgets", [router])
