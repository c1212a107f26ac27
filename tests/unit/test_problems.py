"""Faults of configs: sentences for people, codes for programs."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from sim.config import Scenario
from sim.config.text.problems import Problem, validate
from sim.parameters import Strict
from sim.policy.mechanism import YEARS


@pytest.mark.parametrize(
    "change, code, text",
    [
        ({"years": "x"}, "int_type", "'x' is the wrong type; expected an integer"),
        ({"draws": "sytematic"}, "literal_error", "unknown value 'sytematic'; expected one of systematic, expected"),
        ({"mechanisms": [{"kind": "enclave", "start": 2025, "end": 2021}]}, YEARS, "enclave: end 2021 is not after"),
        (
            {"mechanisms": [{"kind": "enclav"}]},
            "union_tag_invalid",
            "unknown kind 'enclav'; expected one of air_routes, ",
        ),
        ({"mechanisms": [{}]}, "union_tag_not_found", "missing kind; expected one of air"),
        ({"mechanisms": [3]}, "model_attributes_type", "3 is the wrong type; expected keys and values"),
        ({"name": "a b"}, "string_pattern_mismatch", "'a b' is not a name; expected letters, digits"),
    ],
)
def test_faults_have_a_code_and_a_sentence(change: dict[str, Any], code: str, text: str) -> None:
    _, (problem,) = validate(Scenario, {"name": "a", **change})
    assert problem.code == code and problem.text.startswith(text)


def test_choices_that_are_numbers_are_told() -> None:
    class Made(Strict):
        year: Literal[2015, 2020]

    _, problems = validate(Made, {"year": 2016})
    assert [p.text for p in problems] == ["unknown value '2016'; expected one of 2015, 2020; did you mean '2015'?"]


def test_codes_do_not_tell_faults_apart() -> None:
    assert Problem(("a",), "x", "one") == Problem(("a",), "x")
