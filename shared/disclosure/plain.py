"""Releases and verdicts as JSON values, to be stored and read again years later; tables as outsiders see them."""

from dataclasses import asdict
from datetime import date
from typing import Any

from shared.disclosure.policy import Figure, Mark, Policy, Zeros
from shared.disclosure.tables import Box, Definition, Dimension, Place, Release, Span
from shared.disclosure.verdict import Verdict

Plain = dict[str, Any]


def of_span(span: Span) -> list[str]:
    return [span.first.isoformat(), span.last.isoformat()]


def span_of(plain: list[str]) -> Span:
    return Span(date.fromisoformat(plain[0]), date.fromisoformat(plain[1]))


def of_dimension(dimension: Dimension) -> Plain:
    groups = [{"days": of_span(one)} if isinstance(one, Span) else {"values": sorted(one)} for one in dimension.groups]
    return {"name": dimension.name, "values": list(dimension.values), "of": dimension.of, "groups": groups}


def dimension_of(plain: Plain) -> Dimension:
    groups = tuple(span_of(one["days"]) if "days" in one else frozenset(one["values"]) for one in plain["groups"])
    return Dimension(plain["name"], tuple(plain["values"]), plain["of"], groups)


def of_definition(definition: Definition) -> Plain:
    return {
        "dates": of_span(definition.dates),
        "tables": [[of_dimension(one) for one in table] for table in definition.tables],
        "where": {name: sorted(values) for name, values in definition.where},
        "unavailable": sorted(map(list, definition.unavailable)),
    }


def definition_of(plain: Plain) -> Definition:
    return Definition(
        span_of(plain["dates"]),
        tuple(tuple(dimension_of(one) for one in table) for table in plain["tables"]),
        tuple((name, frozenset(values)) for name, values in plain["where"].items()),
        frozenset((name, value) for name, value in plain["unavailable"]),
    )


def of_policy(policy: Policy) -> Plain:
    return asdict(policy)


def policy_of(plain: Plain) -> Policy:
    return Policy(**plain | {"zeros": Zeros(plain["zeros"])})


def of_release(release: Release) -> Plain:
    """`figures` are in the order of the definition's places; `small` are the numbers of the small ones among them."""
    places = list(release.definition.places())
    return {
        "definition": of_definition(release.definition),
        "policy": of_policy(release.policy),
        "figures": [_figure(release.figure(place)) for place in places],
        "overall": _figure(release.figures[release.definition.overall]),
        "small": [number for number, place in enumerate(places) if place.box in release.primary],
        "overall_small": release.definition.overall in release.primary,
    }


def release_of(plain: Plain) -> Release:
    definition = definition_of(plain["definition"])
    places = list(definition.places())
    figures: dict[Box, Figure] = {definition.overall: _read(plain["overall"])}
    figures |= {one.box: _read(f) for one, f in zip(places, plain["figures"], strict=True) if one.box is not None}
    small = {box for number in plain["small"] if (box := places[number].box)}
    small |= {definition.overall} if plain["overall_small"] else set()
    return Release(definition, policy_of(plain["policy"]), figures, frozenset(small))


def of_verdict(verdict: Verdict) -> Plain:
    """Bounds without the counts: what anybody could work out from what is published."""
    return {
        "passed": verdict.passed,
        "policy": verdict.policy,
        "releases": verdict.releases,
        "implied": verdict.implied,
        "findings": [
            {
                "release": one.need.release,
                "dates": of_span(one.need.box.dates),
                "where": {name: sorted(values) for name, values in one.need.box.where},
                "implied": one.need.implied,
                "width": one.need.width,
                "least": one.bounds.low,
                "most": one.bounds.high,
                "safe": one.safe,
            }
            for one in verdict.findings
        ],
    }


def shown_tables(release: Release) -> list[Plain]:
    """For each table its dimensions and its cells: value of each (null: the total over it), count, percentage."""
    tables: list[Plain] = [
        {"dimensions": [one.name for one in table], "cells": []} for table in release.definition.tables
    ]
    for place in release.definition.places():
        tables[place.table]["cells"].append(_cell(release, place))
    return tables


def _cell(release: Release, place: Place) -> Plain:
    percentage = release.percentage(place)
    shown = percentage.value if isinstance(percentage, Mark) else str(percentage)
    return {"values": list(place.keys), "count": _figure(release.figure(place)), "percentage": shown}


def _figure(figure: Figure) -> int | str:
    return figure.value if isinstance(figure, Mark) else figure


def _read(plain: int | str) -> Figure:
    return Mark(plain) if isinstance(plain, str) else plain
