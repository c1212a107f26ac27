"""Kinds of mechanisms and city rules in a file next to a config.

A config names files with kinds by ``mechanisms_from: my_module.py``, or a preset, ``my_preset.yaml``; a city rule by
its file and class, ``my_module:MyRule``.

A Python file is loaded under a name derived from its contents and its local imports, so that files of the same name do
not conflict, a changed file is another module, and a worker process loads the same one.
"""

from __future__ import annotations

import ast
import copyreg
import importlib.abc
import importlib.util
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.parameters import Cities
from sim.policy.cities import RULES, City, is_rule
from sim.policy.mechanism import Mechanism
from sim.policy.presets import SUFFIXES, PresetError, make
from sim.policy.registry import KINDS, kind_of
from sim.policy.sources import closure, digest, find, is_local, source_digest

KEPT, INDEX = "mechanisms", "modules.json"  # folder in results, and its list of modules
PREFIX = "mechanisms_"


class PluginError(Exception):
    """A file that gives no kind of mechanism and no city rule, with the reason in one sentence.

    Attributes
    ----------
    messages : list of str
        Of a preset: complete messages, each with file, line and key.
    """

    def __init__(self, reason: str, messages: Sequence[str] = ()):
        self.messages = list(messages)
        super().__init__(reason)


@dataclass(frozen=True)
class Plugin:
    """A file with kinds of mechanisms and city rules.

    Attributes
    ----------
    file : Path
        The module itself.
    digest : str
        Of it and of what it imports from its folder.
    sources : dict of str to str
        Their contents, by name relative to the folder.
    kinds : dict of str to type
        Mechanisms by kind.
    rules : dict of str to type
        City rules by name, ``module:class``.
    paths : list of str
        Paths of the file and of its copies.
    """

    file: Path
    digest: str
    sources: dict[str, str]
    kinds: dict[str, type[Mechanism]]
    rules: dict[str, type[City]] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


_LOADED: dict[str, Plugin] = {}  # by digest


def load(file: Path, copy: bool = False) -> Plugin:
    """Load a file and register its kinds and rules, replacing those of the same names from other files.

    Parameters
    ----------
    file : Path
    copy : bool
        Whether it is a copy in results: the file next to a config has priority.

    Raises
    ------
    PluginError
        If it cannot be loaded, or defines neither a kind of mechanism nor a city rule.
    """
    shown, file = str(file), file.absolute()
    if not file.is_file() or file.suffix not in (".py", *SUFFIXES):
        text = "no such file; expected a Python file with classes derived from Mechanism, or a preset in YAML"
        raise PluginError(text)
    try:
        sources = _sources(file)
        known = digest(sources)
        if known not in _LOADED or _outdated(_LOADED[known]):
            package = f"{PREFIX}{known[:16]}"
            contents = {name: path.read_text(encoding="utf-8") for name, path in sources.items()}
            if file.suffix == ".py":
                _FINDER.folders[package] = file.parent
                kinds, rules = _defined(import_module(f"{package}.{file.stem}"))
            else:
                cls = make(contents[file.name], shown, f"{package}.{file.stem}")
                kinds, rules = {kind_of(cls): cls}, {}
            _LOADED[known] = Plugin(file, known, contents, kinds, rules)
        plugin = _LOADED[known]
        if str(file) in plugin.paths:
            plugin.paths.remove(str(file))
        plugin.paths.insert(len(plugin.paths) if copy else 0, str(file))
        _register(plugin)
    except PresetError as error:
        raise PluginError(f"not a valid preset: {error}", error.messages) from error
    except Exception as error:  # of any kind, reported for the config that names the file
        raise PluginError(
            f"cannot be loaded ({type(error).__name__}: {error}); expected a module that imports"
        ) from error
    return plugin


def _register(plugin: Plugin) -> None:
    """Register what a file defines, under its names."""
    for cls in plugin.kinds.values():
        KINDS.add(cls)
    for name, rule in plugin.rules.items():
        RULES.add(name, rule)
        copyreg.pickle(Cities, _reduced_cities)
    defined: Any
    for defined in (*plugin.kinds.values(), *plugin.rules.values()):
        copyreg.pickle(defined, _reduced)
        source_digest(defined)  # of the loaded sources, whether or not the files change later


def _sources(file: Path) -> dict[str, Path]:
    """Return the files that make a kind: a module with what it imports from its folder, or a preset alone."""
    return closure(file.parent, [(file.stem,)]) if file.suffix == ".py" else {file.name: file}


def _bases(plugin: Plugin) -> list[type[Mechanism]]:
    """Return the kinds of which a file has presets."""
    return [cls.preset_of for cls in plugin.kinds.values() if cls.preset_of is not None]


def _outdated(plugin: Plugin) -> bool:
    """Whether it is a preset of a kind that has been loaded again since."""
    return any(KINDS.get(kind_of(base)) is not base for base in _bases(plugin))


def with_bases(plugin: Plugin) -> list[Plugin]:
    """Return a file after those from which its presets' kinds come."""
    bases = _bases(plugin)
    found = [p for p in _LOADED.values() if any(base in p.kinds.values() for base in bases)]
    return [*(below for p in found for below in with_bases(p)), plugin]


def _defined(module: ModuleType) -> tuple[dict[str, type[Mechanism]], dict[str, type[City]]]:
    """Return the kinds of mechanisms and the city rules that a module defines, by name."""
    package, _, stem = module.__name__.partition(".")
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__.partition(".")[0] == package]
    kinds = {kind_of(v): v for v in own if issubclass(v, Mechanism) and isinstance(v.model_fields["kind"].default, str)}
    rules = {f"{stem}:{v.__name__}": v for v in own if is_rule(v)}
    if not kinds and not rules:
        raise ValueError("it defines no class derived from Mechanism with a kind, and none from City that decides")
    return kinds, rules


def of_name(name: str) -> Plugin | None:
    """Return the file from which a kind or a city rule comes, or None where it comes from a package."""
    for plugin in _LOADED.values():
        kind, rule = plugin.kinds.get(name), plugin.rules.get(name)
        if (kind is not None and KINDS.get(name) is kind) or (rule is not None and RULES.get(name) is rule):
            return plugin
    return None


def adopt(results: Path) -> None:
    """Load the modules stored with results.

    Raises
    ------
    PluginError
        If one cannot be loaded.
    """
    for row in stored(results):
        load(results / KEPT / row["module"], copy=True)


def changed(results: Path) -> list[str]:
    """Return the modules next to the original config that differ from those stored with its results."""
    return [row["original"] for row in stored(results) if _differs(Path(row["original"]), row["digest"])]


def _differs(file: Path, known: str) -> bool:
    try:
        return file.is_file() and digest(_sources(file)) != known
    except SyntaxError:
        return True


def stored(results: Path) -> list[dict[str, str]]:
    """Return the list of modules stored with results."""
    path = results / KEPT / INDEX
    rows: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return rows


Files = list[tuple[tuple[str, ...], str]]  # paths and digest of each


def _files(plugin: Plugin) -> Files:
    return [(tuple(p.paths), p.digest) for p in with_bases(plugin)]


def _reduced(made: Mechanism | City) -> tuple[Any, ...]:
    """Pickle a mechanism or a city rule with the paths of its module, so that another process can load it."""
    plugin, name = next(
        (p, name) for p in _LOADED.values() for name, cls in (*p.kinds.items(), *p.rules.items()) if cls is type(made)
    )
    return _revived, (_files(plugin), name, made.__getstate__())


def _revived(files: Files, name: str, state: Any) -> Any:
    """Return a mechanism or a rule of the last of some files, loading those that are not loaded yet."""
    plugin = _loaded(files)
    cls: Any = plugin.kinds[name] if name in plugin.kinds else plugin.rules[name]
    made = cls.__new__(cls)
    if issubclass(cls, Mechanism):
        made.__setstate__(state)
    elif state is not None:
        vars(made).update(state)
    return made


def _reduced_cities(cities: Cities) -> tuple[Any, ...]:
    """Pickle the parameters of cities with the file of their rule, so that another process can load it."""
    plugin = of_name(cities.rule)
    return _revived_cities, ([] if plugin is None else _files(plugin), cities.__getstate__())


def _revived_cities(files: Files, state: Any) -> Cities:
    """Return the parameters of cities; their rule is then that of the file."""
    if files:
        _register(_loaded(files))
    cities = Cities.__new__(Cities)
    cities.__setstate__(state)
    return cities


def _loaded(files: Files) -> Plugin:
    """Return the last of some files, loading those that are not loaded yet."""
    for paths, known in files:
        plugin = _LOADED.get(known) or _again(paths, known)
    return plugin


def _again(paths: Iterable[str], known: str) -> Plugin:
    for path in map(Path, paths):
        if path.is_file() and digest(_sources(path)) == known:
            return load(path)
    raise PluginError(f"none of {', '.join(paths)} is the module that was loaded; expected it unchanged")


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules in the folders of files that were loaded."""

    def __init__(self) -> None:
        self.folders: dict[str, Path] = {}

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return where a module of such a folder is; None of any other."""
        package, *parts = name.split(".")
        folder = self.folders.get(package)
        if folder is None:
            return None
        if not parts:
            package_spec = ModuleSpec(name, None, is_package=True)
            package_spec.submodule_search_locations = [str(folder)]
            return package_spec
        file = find(folder, tuple(parts))
        if file is None:
            return None
        below = [str(file.parent)] if file.name == "__init__.py" else None
        loader = _Loader(name, str(file))
        return importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=below)


class _Loader(SourceFileLoader):
    """Loads a module such that local imports refer to files of its folder, without writing compiled files."""

    def get_code(self, fullname: str) -> Any:
        """Return the code of the module."""
        path = self.get_filename(fullname)
        package = fullname.partition(".")[0]
        tree = _Localised(package, _FINDER.folders[package]).visit(ast.parse(self.get_data(path), path))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


class _Localised(ast.NodeTransformer):
    """Turns ``import helpers`` into an import from the package of the folder, if such a file exists."""

    def __init__(self, package: str, folder: Path):
        self.package, self.folder = package, folder

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        names = []
        for alias in node.names:
            top = alias.name.partition(".")[0]
            if not is_local(self.folder, top):
                names.append(alias)
                continue
            names.append(ast.alias(f"{self.package}.{alias.name}", alias.asname))
            if alias.asname is None:
                names.append(ast.alias(f"{self.package}.{top}", top))
        return [ast.copy_location(ast.Import([name]), node) for name in names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        if node.level == 0 and node.module and is_local(self.folder, node.module.partition(".")[0]):
            node.module = f"{self.package}.{node.module}"
        return node


_FINDER = _Finder()
sys.meta_path.insert(0, _FINDER)
