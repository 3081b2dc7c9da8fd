from __future__ import annotations

import pytest

from bench.backend import parse_stub_status

PAGE = """Active connections: 2
server accepts handled requests
 31 30 4321
Reading: 0 Writing: 1 Waiting: 1
"""


def test_requests_are_the_third_figure_of_the_status_page() -> None:
    assert parse_stub_status(PAGE) == 4321


def test_another_page_is_not_taken_for_the_status_page() -> None:
    with pytest.raises(ValueError, match="stub_status"):
        parse_stub_status("<html>Welcome</html>")
