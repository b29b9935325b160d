"""Events as consumers know them: a published type never loses a field, changes its meaning, topic or key."""

import json
import re
from typing import Any

import pytest

from shared.events import EVENTS, TOPICS
from tests.contract.freeze import FROZEN, path_of, schema_of

PERSONAL = re.compile(r"name|address|postcode|outcode|phone|email|birth|text|notes|ethnic|language|reason$|description")
FROZEN_TYPES = sorted(path.stem for path in FROZEN.glob("*.json"))


def frozen(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path_of(name).read_text())
    return document


def test_every_event_type_is_frozen_and_none_has_disappeared() -> None:
    assert sorted(EVENTS) == FROZEN_TYPES


@pytest.mark.parametrize("name", FROZEN_TYPES)
def test_a_frozen_event_keeps_its_topic_and_its_key(name: str) -> None:
    kind = EVENTS[name]
    assert (frozen(name)["topic"], frozen(name)["key"]) == (kind.TOPIC, kind.KEY)
    assert kind.TOPIC in TOPICS


@pytest.mark.parametrize("name", FROZEN_TYPES)
def test_what_is_published_today_is_understood_by_whoever_knows_the_frozen_form(name: str) -> None:
    old, new = frozen(name)["schema"], schema_of(EVENTS[name])
    assert set(old.get("required", [])) <= set(new.get("required", [])) | _always_present(new)
    for field, shape in old["properties"].items():
        assert _plain(new["properties"][field], new) == _plain(shape, old), field


@pytest.mark.parametrize("name", FROZEN_TYPES)
def test_what_was_published_before_is_still_read_today(name: str) -> None:
    EVENTS[name].model_validate(frozen(name)["example"])


@pytest.mark.parametrize("name", FROZEN_TYPES)
def test_an_unknown_field_is_ignored(name: str) -> None:
    EVENTS[name].model_validate(frozen(name)["example"] | {"field_of_tomorrow": 1})


@pytest.mark.parametrize("name", FROZEN_TYPES)
def test_an_event_carries_only_ids_codes_dates_and_numbers(name: str) -> None:
    for field in EVENTS[name].model_fields:
        assert not PERSONAL.search(field), field


@pytest.mark.parametrize("name", FROZEN_TYPES)
def test_an_event_leads_to_its_detail(name: str) -> None:
    event = EVENTS[name].model_validate(frozen(name)["example"])
    assert re.fullmatch(r"/v1/[a-z-]+/[^{}]+", event.detail)
    assert event.key


def _always_present(schema: dict[str, Any]) -> set[str]:
    return set(schema["properties"])


def _plain(shape: dict[str, Any], document: dict[str, Any]) -> Any:
    if "$ref" in shape:
        return _plain(document["$defs"][shape["$ref"].rsplit("/", 1)[1]], document)
    return {
        name: ([_plain(one, document) for one in value] if name == "anyOf" else _maybe(value, document))
        for name, value in sorted(shape.items())
        if name not in {"title", "description", "default", "examples"}
    }


def _maybe(value: Any, document: dict[str, Any]) -> Any:
    return _plain(value, document) if isinstance(value, dict) else value
