"""How the code is kept, in numbers: ``python -m benchmarks.house``, as JSON with ``--json``.

Circles are counted between files: imports inside functions count, those for type checking only do not, nor do modules
that are named in a text. Lines of a function are those of its body, without its docstring.
"""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
LONG, MANY = 50, 7  # lines of a function, parameters
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(folder: str) -> dict[str, ast.Module]:
    """Return the modules of a folder by dotted name."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def lines(folder: str) -> list[int]:
    """Return the lines of the files of a folder, without those that only mark a package."""
    counts = [len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")]
    return [count for count in counts if count > 1]


def imports(node: ast.AST) -> Iterator[str]:
    """Yield what a module imports: ``package.module`` or ``package.module.name``."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from imports(child)


def circles(modules: dict[str, ast.Module]) -> list[list[str]]:
    """Return the groups of modules that import one another."""
    graph = networkx.DiGraph()
    for name, tree in modules.items():
        for imported in imports(tree):
            target = imported if imported in modules else imported.rpartition(".")[0]
            if target in modules and target != name:
                graph.add_edge(name, target)
    return [sorted(group) for group in networkx.strongly_connected_components(graph) if len(group) > 1]


def functions(modules: dict[str, ast.Module]) -> Iterator[tuple[str, Function]]:
    """Yield all functions and methods with their names."""
    for name, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}.{node.name}", node


def length(function: Function) -> int:
    """Return the lines of the body of a function."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: Function) -> int:
    """Return the number of parameters of a function, without `self` and `cls`."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return sum(argument.arg not in ("self", "cls") for argument in named)


def disabled() -> list[str]:
    """Return the codes of mypy that are switched off, with where."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    parts = [{"module": "everywhere", **settings}, *settings.get("overrides", ())]
    return [f"{code} ({part['module']})" for part in parts for code in part.get("disable_error_code", ())]


def house() -> dict[str, Any]:
    """Return the figures."""
    modules = files("sim")
    own, found = lines("sim"), list(functions(modules))
    lengths = [length(function) for _, function in found]
    return {
        "circles": circles(modules),
        "files": len(own),
        "file median, lines": int(np.median(own)),
        "file max, lines": max(own),
        "functions": len(found),
        "function median, lines": int(np.median(lengths)),
        "function p90, lines": int(np.percentile(lengths, 90)),
        f"functions over {LONG} lines": [name for name, function in found if length(function) > LONG],
        f"functions over {MANY} parameters": [name for name, function in found if parameters(function) > MANY],
        "mypy codes switched off": disabled(),
        "tests ÷ source, lines": round(sum(lines("tests")) / sum(own), 2),
    }


if __name__ == "__main__":
    FIGURES = house()
    if "--json" in sys.argv[1:]:
        print(json.dumps(FIGURES, indent=1, ensure_ascii=False))
    else:
        for title, value in FIGURES.items():
            count = len(value) if isinstance(value, list) else value
            print(f"{title:28} {count:>6}", *(value if isinstance(value, list) else ()), sep="  ")
