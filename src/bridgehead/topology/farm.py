"""Several proxies that share their certificates."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from bridgehead.topology.values import Part, wrong


def _public_text(text: str) -> str:
    if len(text.split()) != 3 or not text.strip().startswith("bridgehead-node-"):
        raise wrong(
            "farm.not-a-node",
            "This is not the public text of a node",
            "`bridgehead certificate node-key` prints it on that node: one line, which begins with bridgehead-node-1.",
        )
    return " ".join(text.split())


NodeText = Annotated[str, AfterValidator(_public_text)]
"""What `bridgehead certificate node-key` printed on that machine."""

NodeName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]


class Farm(Part):
    """Several proxies with this file, which share their certificates."""

    nodes: dict[NodeName, NodeText] = Field(default_factory=dict)
    """Every proxy of the farm: the public text that `bridgehead certificate node-key` prints there, by its name."""
    orders: NodeName | None = None
    """Name of the one proxy that orders certificates and renews them. Needed with `nodes`."""

    @model_validator(mode="after")
    def _one_orders(self) -> Farm:
        if self.nodes and self.orders is None:
            raise wrong("farm.nobody-orders", "The farm has nodes, and none that orders", "Name one: orders = NODE.")
        if self.orders is not None and self.orders not in self.nodes:
            known = ", ".join(self.nodes) or "none"
            raise wrong("farm.unknown-node", f"There is no node {self.orders!r}", f"Nodes are: {known}.")
        for name, text in self.nodes.items():
            if text.split()[1] != name:
                raise wrong("farm.other-node", f"This is the text of {text.split()[1]}, not of {name}", "Swap them.")
        return self
