"""Whom to tell when a certificate needs somebody."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from bridgehead.topology.values import FilePath, Part, Seconds, split_host_and_port, wrong


def _web_address(text: str) -> str:
    scheme, separator, rest = text.strip().partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    if scheme not in {"https", "http"} or not separator or not authority:
        raise wrong("alarms.not-a-url", "This is not a URL", "Write the whole URL, https:// first.")
    if "@" in authority or any(character.isspace() or not character.isprintable() for character in text.strip()):
        raise wrong("alarms.not-a-url", "This URL has a user, or spaces", "Leave them out.")
    if not text.isascii():
        hint = "Write it as web addresses are sent: %C3%A9 for é in the path, xn-- names for the host."
        raise wrong("alarms.not-a-url", "This URL has letters that are not ASCII", hint)
    split_host_and_port(authority)
    return text.strip()


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""A URL that is posted to; query and path are kept as they are."""


class Alarms(Part):
    """Whom `bridgehead certificate check --notify` tells of alarms, besides the log. Either, both or none."""

    command: tuple[str, ...] = ()
    """A command and its arguments, run without a shell; it gets the alarms as JSON on its standard input."""
    webhook: WebAddress | None = None
    """URL to which the alarms are posted as JSON. What is in it beside the host is not shown in any message."""
    webhook_trust: FilePath | None = None
    """PEM file with the root that signed the webhook's certificate; the system's roots without it."""
    seconds: Annotated[Seconds, Field(le=300)] = 10.0
    """How long the command, and the webhook, may take; then it has failed, and is told again at the next check."""

    @model_validator(mode="after")
    def _whole(self) -> Alarms:
        if self.webhook_trust is not None and not (self.webhook or "").startswith("https:"):
            raise wrong("alarms.trust-without-tls", "There is a root, and no webhook with https", "Leave it out.")
        if self.command and not self.command[0].strip():
            raise wrong("alarms.empty-command", "The command has no name", 'Write command = ["/usr/local/bin/tell"].')
        return self
