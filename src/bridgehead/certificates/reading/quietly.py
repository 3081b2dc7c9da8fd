"""Odd certificates are judged by us, in our words: the library's warnings about them would reach the terminal."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    LookupError,
    OverflowError,
    NotImplementedError,
)
"""All that the library raises for certificates, keys and requests that it cannot read."""


@contextmanager
def quietly() -> Iterator[None]:
    """No warning is shown, nor raised, inside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
