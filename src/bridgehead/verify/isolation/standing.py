"""How often somebody may be refused before they are left alone: a domain counts each refused proof as a bad password.

Lock-out begins at five in most domains, at three in some. Where a proxy mixes connections up, right answers come to
wrong challenges and count as well; so whoever is spent is spent, whether the password is right or wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.verify.credentials import User

MOST_REFUSALS = 2
"""Of one user in a whole run, over all names and checks, even where logins succeed in between."""
_REFUSALS_BEFORE_A_LOGIN = 2
_REFUSALS_IN_A_ROW = 3


@dataclass
class Standing:
    """How one account's logins went."""

    most: int | None = None
    """Refusals in all, whatever comes between them; None bounds those in a row alone."""
    logins: int = 0
    refused: int = 0
    refused_in_a_row: int = 0

    @property
    def spent(self) -> bool:
        """Whether another login could lock the account."""
        if self.most is not None and self.refused >= self.most:
            return True
        return self.refused_in_a_row >= (_REFUSALS_IN_A_ROW if self.logins else _REFUSALS_BEFORE_A_LOGIN)

    def accept(self) -> None:
        """A login succeeded, with which a domain forgets the refusals before it."""
        self.logins += 1
        self.refused_in_a_row = 0

    def refuse(self) -> None:
        """A proof of the password was sent and not accepted."""
        self.refused += 1
        self.refused_in_a_row += 1


class Standings:
    """Everybody's. Whoever tests several pages in one run hands the same to each of them."""

    def __init__(self, most: int | None = None) -> None:
        self.held_back = ""
        """Where somebody was answered with 429: who, and how. Nobody is logged in after that."""
        self._most = most
        self._known: dict[str, Standing] = {}

    def of(self, user: User) -> Standing:
        """The account's, however its name is written."""
        return self._known.setdefault(user.short, Standing(self._most))


def why_left_alone(name: str) -> str:
    """Why somebody is not logged in."""
    refused = f"{name} was refused, or got no answer, {MOST_REFUSALS} times"
    return f"{refused} and is not tried again in this run: the account could lock."
