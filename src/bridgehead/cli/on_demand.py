"""Commands that are imported when they are asked for: who wants `status` need not wait for what `plan` needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_command


class OnDemand(TyperGroup):
    """A group whose commands are named by module and function: `package.module:function`, or a `typer.Typer` there."""

    table: ClassVar[dict[str, str]]

    # Some releases of typer bring their own click and some use the other one, so its types have no name here.

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - as said; the same in every context
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - as above
        """The command of this name, imported now."""
        place = self.table.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            group = get_command(found)
            group.name = cmd_name
            return group
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
        alone.command(cmd_name)(found)
        return get_command(alone)
