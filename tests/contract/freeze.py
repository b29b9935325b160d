"""`python -m tests.contract.freeze`: writes the schema and an example of each event type that has none yet."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from shared.events import EVENTS
from shared.events.base import Event

FROZEN = Path(__file__).parent / "frozen"
_ID = "0192f0c1-2a4b-7c3d-8e5f-a1b2c3d4e5f6"
_EXAMPLES: dict[str, Any] = {
    "uuid": _ID,
    "date": date(2026, 11, 2).isoformat(),
    "date-time": datetime(2026, 11, 2, 9, 30, tzinfo=UTC).isoformat(),
}


def schema_of(kind: type[Event]) -> dict[str, Any]:
    """JSON Schema of the event's body as it is published."""
    return kind.model_json_schema(mode="serialization")


def example_of(schema: dict[str, Any], definitions: dict[str, Any] | None = None) -> Any:
    """A body that fits the schema, the same at every run."""
    definitions = schema.get("$defs", definitions or {})
    if "$ref" in schema:
        return example_of(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], definitions)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        return {name: example_of(part, definitions) for name, part in schema["properties"].items()}
    if kind == "array":
        return [example_of(schema["items"], definitions)] if "items" in schema else []
    plain: dict[Any, Any] = {"integer": 1, "boolean": False, "number": 1}
    return plain.get(kind, _EXAMPLES.get(schema.get("format", ""), "code"))


def path_of(name: str) -> Path:
    return FROZEN / f"{name}.json"


def main() -> None:
    FROZEN.mkdir(exist_ok=True)
    for name, kind in EVENTS.items():
        if not path_of(name).exists():
            schema = schema_of(kind)
            document = {"topic": kind.TOPIC, "key": kind.KEY, "schema": schema, "example": example_of(schema)}
            path_of(name).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
