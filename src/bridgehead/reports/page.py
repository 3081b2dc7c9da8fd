"""A document as one HTML page that needs nothing else: no other file, no network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from jinja2 import Template

    from bridgehead.reports.document import Document


def as_page(document: Document) -> str:
    """The whole page, styles, script and picture included."""
    return _template().render(document=document, kind=lambda block: type(block).__name__)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("bridgehead.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html")
