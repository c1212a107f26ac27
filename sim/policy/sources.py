"""Source files of a kind of mechanism: its module, and the local modules that it imports."""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

OWN = "sim.mechanisms"
# names that never refer to a local module
RESERVED = frozenset({"sim", "hinterland", *sys.stdlib_module_names})
Parts = tuple[str, ...]


def find(folder: Path, parts: Parts) -> Path | None:
    """Return the file of a module or package by its names below a folder."""
    here = folder.joinpath(*parts)
    paths = [here.with_name(f"{here.name}.py")] if parts else []
    return next((path for path in (*paths, here / "__init__.py") if path.is_file()), None)


def is_local(folder: Path, name: str) -> bool:
    """Return whether an imported name refers to a file in the folder of the importing module."""
    return name not in RESERVED and find(folder, (name,)) is not None


def closure(folder: Path, modules: Iterable[Parts], root: str = "") -> dict[str, Path]:
    """Return the files of modules and of all their imports from the same folder, by name relative to it.

    Parameters
    ----------
    folder : Path
    modules : iterable of tuple of str
        Names below the folder.
    root : str
        Package name of the folder; if empty, files in the folder import each other by bare names.

    Raises
    ------
    SyntaxError
        If a file is not Python.
    """
    files: dict[str, Path] = {}
    queue = list(modules)
    while queue:
        parts = queue.pop()
        path = find(folder, parts)
        if path is None or (name := path.relative_to(folder).as_posix()) in files:
            continue
        files[name] = path
        tree = ast.parse(path.read_bytes(), str(path))
        queue += [parts[:n] for n in range(1, len(parts))]
        for target in _imports(tree, parts, path.name == "__init__.py", root, folder):
            queue += [target[:n] for n in range(1, len(target) + 1)]
    return files


def _imports(tree: ast.AST, parts: Parts, package: bool, root: str, folder: Path) -> Iterator[Parts]:
    """Yield the names below the folder that a module may import."""
    top = tuple(root.split(".")) if root else ()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            dotted = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                base = parts[: len(parts) - node.level + package]
                yield from ((*base, *named, alias.name) for alias in node.names)
                continue
            dotted = [(*named, alias.name) for alias in node.names]
        else:
            continue
        for names in dotted:
            if top and names[: len(top)] == top:
                yield names[
                    len(top) :
                ]  # none of the root's own file: for kinds of the package that is the list of them
            elif not top and is_local(folder, names[0]):
                yield names


def digest(files: Mapping[str, Path]) -> str:
    """Return the sha256 (hex) of names and contents."""
    total = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


@lru_cache(maxsize=256)
def source_digest(cls: type) -> str:
    """Return the sha256 (hex) of the sources of a kind: its module, its base classes' and their local imports.

    Code shared by all kinds, in `sim.policy`, is part of the model's version instead. A preset has the sources of its
    kind: it adds values only, and configs contain them all.
    """
    if (base := vars(cls).get("preset_of")) is not None:
        return source_digest(base)
    total = hashlib.sha256()
    seen: dict[tuple[Path, str], list[Parts]] = {}
    for base in cls.__mro__:
        if base.__module__.startswith(f"{OWN}.") or base is cls or _top(base) == _top(cls) != "sim":
            folder, root, parts = _place(base)
            seen.setdefault((folder, root), []).append(parts)
    for (folder, root), modules in seen.items():
        files = closure(folder, modules, root)
        total.update(digest(files).encode() if files else _typed(cls).encode())
    return total.hexdigest()


def code_digest(made: Any) -> str:
    """Return the sha256 (hex) of the sources of a function or class: its module and that module's local imports."""
    folder, root, parts = _place(made)
    files = closure(folder, [parts], root)
    return digest(files) if files else hashlib.sha256(_typed(made).encode()).hexdigest()


def _typed(made: Any) -> str:
    """Return the source of a function or class that has no file, such as one of a notebook."""
    try:
        return inspect.getsource(made)
    except (OSError, TypeError):
        return repr(made)


def _top(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _place(made: Any) -> tuple[Path, str, Parts]:
    """Return the folder of a definition's package, its name (empty: files of a folder), the names of the module."""
    module: str = made.__module__
    names = tuple(module.split("."))
    file = Path(getattr(sys.modules.get(module), "__file__", None) or f"{names[-1]}.py").absolute()
    if module.startswith(f"{OWN}."):
        return Path(__file__).resolve().parent.parent / "mechanisms", OWN, names[2:]
    if len(names) == 1 and file.name != "__init__.py":  # a file by itself, or a script
        installed = str(file.parent) in sysconfig.get_paths().values()  # next to all that is installed
        return file.parent, names[0] if installed else "", (file.stem,)
    if len(names) == 1:
        return file.parent, names[0], ()
    folder = file.parents[len(names) - (1 if file.name == "__init__.py" else 2)]
    return folder, "" if getattr(sys.modules.get(names[0]), "__file__", None) is None else names[0], names[1:]
