"""The AsyncAPI 3 document of every event, made from the event classes: what is said, where, keyed and shaped how."""

from typing import Any, Final

from shared.events import EVENTS, TOPICS
from shared.events.base import Event

Document = dict[str, Any]

_ID: Final = {"type": "string", "format": "uuid"}
# CloudEvents 1.0: attributes are members in JSON (webhooks, feed) and `ce_` headers on the bus.
_ATTRIBUTES: Final = {
    "type": "object",
    "required": ["specversion", "id", "type", "source", "time", "datacontenttype", "partnership", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {**_ID, "description": "The event's own id; handle each id once."},
        "type": {"type": "string", "description": "What happened: circle.<noun>.<verbed>.v1."},
        "source": {"type": "string", "format": "uri-reference", "description": "The service that says so."},
        "time": {"type": "string", "format": "date-time", "description": "When it was recorded there."},
        "datacontenttype": {"const": "application/json"},
        "partnership": {**_ID, "description": "Whose record it is."},
        "data": {"type": "object"},
    },
}


def document(issuer: str) -> Document:
    """The whole description; `issuer` is the public address of the platform."""
    events = sorted(EVENTS.items())
    return {
        "asyncapi": "3.0.0",
        "id": f"{issuer}/asyncapi.json",
        "info": {
            "title": "Safeguarding Circle: events",
            "version": "1",
            "description": "Thin events: ids, codes and dates, never a name or free text. Partners get them as signed "
            "webhooks (Standard Webhooks) and from GET /v1/events; `data.detail` is the path at which whoever may "
            "see it reads more. New members may come at any time; a changed meaning is a new version of the type.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.replace(".", "-"): _channel(topic) for topic in TOPICS},
        "operations": {f"hear-{topic.replace('.', '-')}": _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {name: _message(event) for name, event in events},
            "schemas": {"CloudEvent": _ATTRIBUTES, **{name: _schema(event) for name, event in events}},
        },
    }


def _channel(topic: str) -> Document:
    names = [name for name, event in sorted(EVENTS.items()) if topic == event.TOPIC]
    return {
        "address": topic,
        "description": "Order is kept for each key, and for nothing else.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _operation(topic: str) -> Document:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{topic.replace('.', '-')}"},
        "summary": f"Everything that {topic.removeprefix('circle.')} says",
    }


def _message(event: type[Event]) -> Document:
    said = (event.__dict__.get("__doc__") or "").strip()
    return {
        "name": event.TYPE,
        "title": event.__name__,
        **({"summary": said} if said else {}),
        "contentType": "application/cloudevents+json",
        "x-key": event.KEY,
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": event.TYPE},
                        "data": {"$ref": f"#/components/schemas/{event.TYPE}"},
                    },
                },
            ]
        },
    }


def _schema(event: type[Event]) -> Document:
    """The body's JSON Schema, complete in itself; `detail` is added to every event on its way out."""
    schema = event.model_json_schema(ref_template=f"#/components/schemas/{event.TYPE}/$defs/{{model}}")
    schema["properties"] = {
        **schema.get("properties", {}),
        "detail": {"type": "string", "format": "uri-reference", "examples": [event.DETAIL]},
    }
    schema["required"] = [*schema.get("required", []), "detail"]
    schema["additionalProperties"] = True
    return schema
