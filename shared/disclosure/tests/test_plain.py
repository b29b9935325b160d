"""A release survives being stored; what outsiders see of it holds marks and shown numbers only."""

import json
import random

import pytest

from shared.disclosure.audit import audit
from shared.disclosure.plain import of_release, of_verdict, release_of, shown_tables
from shared.disclosure.policy import DEFAULT, Policy, Zeros
from shared.disclosure.suppression import suppress
from shared.disclosure.tables import DATE, Definition, Dimension
from shared.disclosure.tests.worlds import DAYS, HOME, SIDE, random_definition, random_records, record, span


@pytest.mark.parametrize("policy", [DEFAULT, Policy(rounding=10), Policy("strict", 10, zeros=Zeros.HIDDEN)])
def test_a_release_is_read_as_it_was_written(policy: Policy) -> None:
    chance = random.Random(4)
    for _ in range(20):
        release = suppress(random_definition(chance, DAYS), random_records(chance, DAYS), policy)
        assert release_of(json.loads(json.dumps(of_release(release)))) == release


def test_groups_and_what_is_not_available_are_read_as_they_were_written() -> None:
    week = Dimension("week", ("first", "second"), of=DATE, groups=(span(0, 6), span(7, 13)))
    asked = Definition(span(0, 13), ((week, HOME), (SIDE,)), (), frozenset({("home", "east")}))
    release = suppress(asked, [record(8, "north", "cook", 12), record(3, "south", "cook", 9)])
    assert release_of(json.loads(json.dumps(of_release(release)))) == release


def test_the_shown_tables_have_a_mark_wherever_a_count_is_hidden() -> None:
    records = [record(0, "north", "cook", 3), record(0, "east", "cook", 9), record(0, "south", "cook", 28)]
    release = suppress(Definition(span(0, 0), ((HOME,),)), records)
    assert shown_tables(release) == [
        {
            "dimensions": ["home"],
            "cells": [
                {"values": ["north"], "count": "c", "percentage": "c"},
                {"values": ["east"], "count": "c", "percentage": "c"},
                {"values": ["south"], "count": 28, "percentage": "70.0"},
                {"values": [None], "count": 40, "percentage": "100.0"},
            ],
        }
    ]


def test_a_verdict_is_a_plain_value_with_the_bounds_of_each_hidden_count() -> None:
    records = [record(0, "north", "cook", 3), record(0, "east", "cook", 9), record(0, "south", "cook", 28)]
    found = of_verdict(audit(suppress(Definition(span(0, 0), ((HOME,),)), records)))
    assert found["passed"]
    assert found["policy"] == "dfe-1"
    assert [(one["least"], one["most"], one["width"]) for one in found["findings"]] == [(1, 11, 1), (1, 11, 4)]
    assert json.loads(json.dumps(found)) == found
