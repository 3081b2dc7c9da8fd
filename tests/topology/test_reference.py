from __future__ import annotations

import tomllib
from pathlib import Path

from bridgehead.topology.file import parse
from bridgehead.topology.model import Topology
from bridgehead.topology.reference import SECTIONS, SHARED, reference

PAGE = Path(__file__).parents[2] / "docs" / "file.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "python -m bridgehead.topology.reference > docs/file.md"


def test_every_key_has_a_meaning() -> None:
    models = [model for _, _, model in (*SECTIONS, *SHARED)]
    assert [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.description
    ] == []


def test_every_section_of_the_file_has_one_on_the_page() -> None:
    keys = {field.alias or name for name, field in Topology.model_fields.items()}
    text = reference()
    values_alone = {"certificate_store", "certificate_passphrase_file"}
    assert {key for key in keys if f"[{key}]" not in text and f"[{key}." not in text} == values_alone


def test_the_smallest_file_on_the_page_is_sound() -> None:
    example = reference().split("```toml\n")[1].split("```")[0]
    assert tomllib.loads(example)
    assert parse(example, "docs/file.md").topology.pools
