"""What the model says about a value, in words that help to mend it."""

from __future__ import annotations

import difflib
import re
import types
import typing
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from bridgehead.problems import Problem
from bridgehead.topology.model import Topology

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from bridgehead.topology.places import Places
    from bridgehead.topology.positions import Path


def explain(errors: Sequence[ErrorDetails], places: Places) -> list[Problem]:
    """One Problem for each fault, in the order of the file."""
    guesses = {(*error["loc"][:-1], _guess(error["loc"])) for error in errors if error["type"] == "extra_forbidden"}
    # A misspelt key is one fault, although it also leaves the right key missing.
    # A list whose items are all faulty also counts as empty.
    told = [
        error
        for error in errors
        if not (error["type"] == "missing" and error["loc"] in guesses)
        and not (error["type"] == "too_short" and _has_faulty_items(error["loc"], errors))
    ]
    told.sort(key=lambda error: places.line(error["loc"]) or 0)
    return [_problem(error, places) for error in told]


def _has_faulty_items(path: Path, errors: Sequence[ErrorDetails]) -> bool:
    return any(len(error["loc"]) > len(path) and error["loc"][: len(path)] == path for error in errors)


def _problem(error: ErrorDetails, places: Places) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    context = error.get("ctx", {})
    # A short spelling stands for a table that is not in the file; what is missing is not there either.
    where = places(*(path if error["type"] == "missing" else places.nearest(path)))
    if "hint" in context:
        return Problem(error["type"], where, f"{context['message']}.", context["hint"] or _description(path))
    kind, key = error["type"], path[-1] if path else ""
    if kind == "extra_forbidden":
        return _unknown_key(path, where)
    if kind == "missing":
        return Problem("key.missing", where, f"{key} is missing here.", _description(path))
    if kind == "too_short":
        return Problem("list.empty", where, f"{key} is an empty list; at least one is expected.", _description(path))
    found = _found(error["input"])
    expected = _EXPECTED.get(kind) or error["msg"]
    if kind == "literal_error":
        expected = f"one of {context['expected']} is expected"
        close = difflib.get_close_matches(str(error["input"]), re.findall(r"'([^']*)'", str(context["expected"])), 1)
        hint = f"Did you mean {close[0]!r}?" if close else _description(path)
        return Problem("value.unknown", where, f"{found}; {expected}.", hint)
    if kind in _BOUNDS:
        return Problem("value.out-of-range", where, f"{found}; {_bounds(kind, context)}.", _description(path))
    hint = _UNQUOTE if isinstance(error["input"], str) and kind in _NOT_TEXT else _description(path)
    return Problem("value.wrong-kind", where, f"{found}; {expected}.", hint)


_UNQUOTE = "Write it without quotes."
_NOT_TEXT = {"int_type", "float_type", "bool_type"}
_BOUNDS = {
    "greater_than": "more than {gt} is expected",
    "greater_than_equal": "at least {ge} is expected",
    "less_than_equal": "at most {le} is expected",
    "finite_number": "a finite number is expected",
}
_EXPECTED = {
    "string_type": "text in quotes is expected",
    "int_type": "a whole number is expected",
    "float_type": "a number is expected",
    "bool_type": "true or false is expected",
    "tuple_type": "a list in brackets is expected",
    "dict_type": "a table is expected",
    "model_type": "a table is expected",
    "model_attributes_type": "a table is expected",
}


def _bounds(kind: str, context: dict[str, Any]) -> str:
    return _BOUNDS[kind].format(**context)


def _found(value: object) -> str:
    if isinstance(value, bool):
        return f"{str(value).lower()} was found"
    if isinstance(value, str):
        return f'The text "{value}" was found'
    if isinstance(value, int | float):
        return f"The number {value} was found"
    return (
        f"A {'table' if isinstance(value, dict) else 'list' if isinstance(value, list | tuple) else 'date'} was found"
    )


def _unknown_key(path: Path, where: str) -> Problem:
    guess = _guess(path)
    known = ", ".join(_keys(path[:-1]))
    hint = f"Did you mean {guess}?" if guess else f"Known here: {known}." if known else ""
    return Problem("key.unknown", where, f"{path[-1]} is not a key that is known here.", hint)


def _guess(path: Path) -> str:
    close = difflib.get_close_matches(str(path[-1]).lower().replace("-", "_"), _keys(path[:-1]), 1, 0.7)
    return close[0] if close else ""


def _keys(path: Path) -> list[str]:
    model = _model_at(path)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _description(path: Path) -> str:
    while path and isinstance(path[-1], int):
        path = path[:-1]
    model = _model_at(path[:-1]) if path else None
    for name, field in model.model_fields.items() if model else ():
        if path[-1] in {name, field.alias}:
            return " ".join((field.description or "").replace("`", "").split())
    return ""


def _model_at(path: Path) -> type[BaseModel] | None:
    """The model of the table at this path of the file."""
    model: type[BaseModel] | None = Topology
    annotation: Any = Topology
    for part in path:
        if isinstance(part, int):
            continue
        field = None
        if model is not None:
            field = next((one for name, one in model.model_fields.items() if part in {name, one.alias}), None)
        if field is not None:
            annotation = field.annotation
        model = _model_in(annotation)
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in {typing.Annotated, tuple, dict, typing.Union, types.UnionType, None}:
        found = (_model_in(argument) for argument in typing.get_args(annotation))
        return next((model for model in found if model is not None), None)
    return None
