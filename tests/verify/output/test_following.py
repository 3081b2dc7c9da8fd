from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.patience import Patience
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.output.following import Unwatched, follow
from bridgehead.verify.registry import Selection
from bridgehead.verify.run import Judged, Planned, Verification
from bridgehead.verify.targets import Target
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from bridgehead.verify.run import Event


def verification() -> Verification:
    look = network(Way(patience=Patience.of_timeout(1), leads=(Leads("127.0.0.1"),)))
    target = Target(host="webext.contoso.com", roles=("front-end",), https_port=free_port(), http_port=None)
    return Verification((target,), look, "lab", Selection(only=("tcp", "tls")))


class Recorded:
    """What a view was shown; interrupts as Ctrl-C does, after so many checks."""

    def __init__(self, interrupts_after: int | None = None) -> None:
        self.events: list[Event] = []
        self.closed = False
        self._after = interrupts_after

    def show(self, event: Event) -> None:
        self.events.append(event)
        if self._after is not None and sum(isinstance(one, Judged) for one in self.events) >= self._after:
            raise KeyboardInterrupt

    def close(self) -> None:
        self.closed = True


def test_the_view_sees_everything_and_is_closed() -> None:
    view = Recorded()
    report, interrupted = follow(verification(), view)
    assert not interrupted
    assert isinstance(view.events[0], Planned)
    assert [one.result for one in view.events if isinstance(one, Judged)] == list(report.results)
    assert view.closed


def test_an_interruption_ends_it_with_what_is_known() -> None:
    view = Recorded(interrupts_after=2)
    report, interrupted = follow(verification(), view)
    assert interrupted
    assert view.closed
    assert not report.complete
    assert len(report.results) == 2
    assert sum(report.counts.model_dump().values()) == 2


def test_nobody_has_to_watch() -> None:
    report, _ = follow(verification(), Unwatched())
    assert report.counts.failed == 1
