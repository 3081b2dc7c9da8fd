"""An answer of an authority is read at once, and neither for ever nor without end.

The HTTP library limits each read alone: whoever sends a byte now and then would hold an attempt, and with it all
renewals, until somebody ends the command.
"""

from __future__ import annotations

import time
from typing import Any

LARGEST = 256 * 1024
"""Bytes. A chain has some thousand."""


class LimitedAnswers:
    """An adapter of the HTTP library that gives up on answers larger than `LARGEST`, or longer than `seconds`."""

    def __init__(self, adapter: Any, seconds: float) -> None:  # noqa: ANN401 - the library is not named here
        self._adapter = adapter
        self._seconds = seconds

    def close(self) -> None:
        """Close what the adapter has open."""
        self._adapter.close()

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the same
        """Send it, and read the answer. Raises what the adapter raises, and OSError for an answer without end."""
        until = time.monotonic() + self._seconds
        response = self._adapter.send(request, *args, **{**kwargs, "stream": True})
        content = bytearray()
        # One by one: more than that the library waits for until it is there.
        for byte in response.iter_content(1):
            content += byte
            if len(content) > LARGEST:
                response.close()
                raise OSError(f"its answer is larger than {LARGEST} bytes")
            if time.monotonic() > until:
                response.close()
                raise TimeoutError(f"its answer was not complete after {self._seconds:g} seconds")
        response._content = bytes(content)  # noqa: SLF001 - where the library looks for what was read
        return response
