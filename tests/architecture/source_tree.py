"""The source tree as data: modules by dotted name, and what each one imports. Read with `ast`, nothing is executed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "bridgehead"
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Import:
    """One imported module, as a full dotted name."""

    importer: str
    imported: str
    line: int
    for_types_only: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Every module of the package by its dotted name; a package stands for its `__init__`."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(name: str, path: Path, known: dict[str, Path]) -> list[Import]:
    """What a module imports, anywhere in it: an import hidden in a function is an import all the same."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    types_only = _lines_for_types_only(tree)
    found: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = _targets_of_from(node, name, path, known)
        else:
            continue
        found.extend(Import(name, target, node.lineno, node.lineno in types_only) for target in targets)
    return found


def _targets_of_from(node: ast.ImportFrom, name: str, path: Path, known: dict[str, Path]) -> list[str]:
    base = node.module or ""
    if node.level:
        package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
        kept = package[: len(package) - (node.level - 1)]
        base = ".".join([*kept, *([node.module] if node.module else [])])
    # `from package import module` imports the module, `from module import name` the module before the name.
    return sorted({f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names})


def _lines_for_types_only(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            for statement in node.body:
                lines.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    return lines


def part_of(module: str) -> str:
    """The part of the product that a module belongs to: `bridgehead.proxy.head` is of `proxy`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def names_of_tests(path: Path) -> set[str]:
    """Names of the test functions in a file; methods as `Class::method`."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names.update(
                f"{node.name}::{method.name}"
                for method in node.body
                if isinstance(method, ast.FunctionDef) and method.name.startswith("test")
            )
    return names
