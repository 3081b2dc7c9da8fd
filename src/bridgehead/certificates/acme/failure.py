"""What ends an attempt to get a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.problems import Problem


class AttemptFailed(Exception):  # noqa: N818 - it tells what happened; nobody did anything wrong, perhaps
    """An attempt has failed, and why. The order may go on later, unless `order_is_over`."""

    def __init__(
        self,
        problems: Iterable[Problem],
        *,
        retry_after: float | None = None,
        another_may_help: bool = True,
        order_is_over: bool = False,
    ) -> None:
        """`retry_after` is what the authority asks for, in seconds.

        `another_may_help` says whether another authority could come to another result.
        """
        self.problems = tuple(problems)
        self.retry_after = retry_after
        self.another_may_help = another_may_help
        self.order_is_over = order_is_over
        super().__init__("\n".join(str(problem) for problem in self.problems))
