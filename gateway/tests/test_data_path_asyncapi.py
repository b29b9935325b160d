"""The description of the events is made of the events."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.asyncapi import document
from gateway.feed.schemas import EventOut
from shared.events import EVENTS, TOPICS

DOCUMENT = document("http://circle.test")


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for value in node.values() for one in references(value)]
    return [one for value in node for one in references(value)] if isinstance(node, list) else []


def resolve(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert len(found) > len(EVENTS)
    for reference in found:
        assert resolve(reference) is not None


def test_every_event_is_said_on_exactly_one_channel() -> None:
    told = [name for channel in DOCUMENT["channels"].values() for name in channel["messages"]]
    assert sorted(told) == sorted(EVENTS)
    assert {channel["address"] for channel in DOCUMENT["channels"].values()} == set(TOPICS)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_schema_is_one_and_asks_for_the_detail(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    Draft202012Validator.check_schema(schema)
    assert "detail" in schema["required"]
    assert set(EVENTS[name].model_fields) <= set(schema["properties"])


def test_the_envelope_is_the_one_that_the_feed_gives() -> None:
    assert set(DOCUMENT["components"]["schemas"]["CloudEvent"]["required"]) == set(EventOut.model_fields)
    assert set(DOCUMENT["components"]["schemas"]["CloudEvent"]["properties"]) == set(EventOut.model_fields)


def test_nobody_is_told_who_else_hears_it() -> None:
    assert "audience" not in str(DOCUMENT["components"]["schemas"]["CloudEvent"])
