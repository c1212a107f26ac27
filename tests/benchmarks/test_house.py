"""How the code is kept: what is counted, and limits that it keeps."""

from __future__ import annotations

import ast

from benchmarks.house import circles, functions, house, length, parameters

MODULES = {
    "p.a": "from p import b",
    "p.b": "def late(self, x, *, y):\n    '''Text.'''\n\n    from p.a import name\n    return name\n",
    "p.c": "from typing import TYPE_CHECKING\nimport p.a\nif TYPE_CHECKING:\n    from p.d import D\n",
    "p.d": "import p.c",
}


def test_circles_and_functions_are_counted():
    modules = {name: ast.parse(text) for name, text in MODULES.items()}
    assert circles(modules) == [["p.a", "p.b"]]
    [(name, function)] = functions(modules)
    assert (name, length(function), parameters(function)) == ("p.b.late", 2, 2)


def test_the_code_is_in_order():
    found = house()
    assert found["circles"] == [] and found["mypy codes switched off"] == []
    assert found["function p90, lines"] <= 20
