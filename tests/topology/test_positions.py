from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from bridgehead.topology.positions import Path, lines_of

TEXT = '''\
# a comment = [not, a, value]
top = "a # b" # after
list = [
    "one",   # first
    [ 2, "]" ],
    { name = "three", deep = { er = 1 } },
]
long = """
= [ "not a key" ] ""
"""
"quoted.key" = 'it''s'.x
[table]
dotted.key = 1979-05-27 07:32:00
[[array]]
first = 1
[array.below]
k = '\\'
[[array]]
[[array.inner]]
v = [ [1], [{x = 2}] ]
'''.replace("'it''s'.x", "'its'")


def test_every_value_is_found_on_its_line() -> None:
    lines = lines_of(TEXT)
    expected: dict[Path, int] = {
        ("top",): 2,
        ("list",): 3,
        ("list", 0): 4,
        ("list", 1): 5,
        ("list", 1, 1): 5,
        ("list", 2, "deep", "er"): 6,
        ("long",): 8,
        ("quoted.key",): 11,
        ("table",): 12,
        ("table", "dotted", "key"): 13,
        ("array", 0): 14,
        ("array", 0, "first"): 15,
        ("array", 0, "below"): 16,
        ("array", 0, "below", "k"): 17,
        ("array", 1): 18,
        ("array", 1, "inner", 0): 19,
        ("array", 1, "inner", 0, "v", 1, 0, "x"): 20,
    }
    assert {path: lines.get(path) for path in expected} == expected


def paths_in(value: object, path: Path = ()) -> set[Path]:
    if isinstance(value, dict):
        parts: list[tuple[str | int, object]] = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    else:
        return {path}
    return {path}.union(*(paths_in(inner, (*path, key)) for key, inner in parts))


def test_nothing_is_found_that_is_not_there_and_nothing_is_missed() -> None:
    assert set(lines_of(TEXT)) == paths_in(tomllib.loads(TEXT)) - {()}


scalars = st.sampled_from(["1", '"a"', "'b'", "true", '"""x\ny"""', "'''p\n'q'''", "1.5", '"\\"\\\\"', '"#]},"'])
keys = st.sampled_from(["a", "b", '"c.d"', "'e'", "f-1"])


def inline(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(values, max_size=3).map(lambda items: "[\n " + ", # x\n ".join(items) + "\n]")
    return st.one_of(
        lists,
        st.tuples(keys, scalars.filter(lambda text: "\n" not in text)).map(lambda pair: f"{{ {pair[0]} = {pair[1]} }}"),
    )


values = st.recursive(scalars, inline, max_leaves=6)


@given(st.lists(st.tuples(keys, values), max_size=5, unique_by=lambda pair: pair[0].strip("\"'")))
def test_every_path_of_any_toml_text_has_a_line(pairs: list[tuple[str, str]]) -> None:
    text = "".join(f"{key} = {value}\n" for key, value in pairs)
    assert set(lines_of(text)) == paths_in(tomllib.loads(text)) - {()}
