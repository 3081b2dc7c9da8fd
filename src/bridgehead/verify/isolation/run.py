"""The whole test: one scenario after the other, then the verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.problems import ProblemsFound
from bridgehead.verify.isolation.connection import Ended
from bridgehead.verify.isolation.held_back import WHAT_IT_IS, WHAT_TO_DO, HeldBack
from bridgehead.verify.isolation.report import IsolationReport, Played, evidence_of, judge_rules
from bridgehead.verify.isolation.scenarios import alone, given, logins, strangers, turns
from bridgehead.verify.isolation.scenarios.alone import NothingToTest
from bridgehead.verify.isolation.stage import Limits, Means, OutOfTime, Stage, UserSpent
from bridgehead.verify.isolation.standing import Standings
from bridgehead.verify.isolation.target import Naming
from bridgehead.verify.observing.ntlm import LoginImpossible

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.report import Evidence
    from bridgehead.verify.isolation.rules import Finding
    from bridgehead.verify.isolation.target import Target

_USERS = 2


@dataclass(frozen=True)
class Scenario:
    """A conversation over several connections, and what it needs."""

    title: str
    play: Callable[[Stage], None]
    needs_login: bool = True
    wanted: Callable[[Means], bool] = lambda _means: True


SCENARIOS = (
    Scenario("the site is there", alone.reachable, needs_login=False),
    Scenario("strangers alone, before any login", alone.strangers_alone, needs_login=False),
    Scenario("what clients are offered", alone.offers_to_clients, needs_login=False),
    Scenario("every user, every way to log in", logins.every_way_in, needs_login=False),
    Scenario("strangers before, during and after a login", strangers.strangers_after_a_login),
    Scenario("two users by turns, leg by leg", turns.two_by_turns),
    Scenario("a challenge answered on another connection", strangers.a_challenge_answered_elsewhere),
    Scenario("many at once from one address", turns.many_at_once),
    Scenario("the same port again", strangers.the_same_port_again),
    Scenario("a login that closes", strangers.a_login_that_closes),
    Scenario("pipelined requests", turns.pipelined),
    Scenario("a POST", given.a_post, wanted=lambda means: bool(means.post_path)),
    Scenario("a login bound to the certificate", given.bound_to_the_certificate),
    Scenario("a wrong password", strangers.a_wrong_password, wanted=lambda means: means.wrong_password),
    Scenario(
        "a server that dies between the legs", given.cut_between_the_legs, wanted=lambda means: means.cut is not None
    ),
    Scenario("a server that dies while idle", given.cut_while_idle, wanted=lambda means: means.cut is not None),
    Scenario("a reload", given.a_reload, wanted=lambda means: means.reload is not None),
)


def check_isolation(
    target: Target,
    users: Sequence[User],
    *,
    limits: Limits | None = None,
    means: Means | None = None,
    who: re.Pattern[str] | None = None,
    tell: Callable[[str], None] = lambda _title: None,
    standings: Standings | None = None,
) -> IsolationReport:
    """Test whether what stands at `target` keeps identities apart. Of the users, the first two log in.

    `tell` is called with the title of each scenario as it begins. `standings` are those of whoever logs the same users
    in elsewhere, so that nobody is refused too often in all. Never raises for what the network does, and ends in
    the time that `limits` give, give or take one answer. Raises ModuleNotFoundError where there are users and pyspnego
    is not installed.
    """
    chosen = who_logs_in(users)
    naming = Naming(who, tuple(user.name for user in chosen))
    stage = Stage(target, chosen, naming, limits or Limits(), means or Means(), standings=standings or Standings())
    return _Test(stage, tell).run()


def who_logs_in(users: Sequence[User]) -> tuple[User, ...]:
    """The first two who are not the same: two spellings, or namesakes of two domains, look alike in an answer."""
    return tuple({user.short: user for user in reversed(users)}.values())[::-1][:_USERS]


class _Test:
    """One run."""

    def __init__(self, stage: Stage, tell: Callable[[str], None]) -> None:
        self.stage = stage
        self._tell = tell
        self._found: list[tuple[Finding, Evidence]] = []
        self._played: list[Played] = []
        self._trouble = ""
        self._held_back = ""

    def run(self) -> IsolationReport:
        """Play everything that can be played."""
        for scenario in SCENARIOS:
            if scenario.wanted(self.stage.means) and (self.stage.able or not scenario.needs_login):
                self._play(scenario)
            if self._trouble:
                break
        return self._report()

    def _play(self, scenario: Scenario) -> None:
        stage = self.stage
        self._tell(scenario.title)
        stage.begun, stage.findings = len(stage.lines), []
        ended = ""
        try:
            scenario.play(stage)
        except NothingToTest as nothing:
            ended = self._trouble = str(nothing)
        except HeldBack as held:
            ended = self._held_back = str(held)
            self._trouble = f"{held}. {WHAT_IT_IS} {WHAT_TO_DO}"
        except OutOfTime:
            ended = f"the {stage.limits.seconds:g} s for the whole test are over"
        except UserSpent as spent:
            ended = f"{spent} was refused too often to be tried again: the account could be locked"
        except (Ended, LoginImpossible) as lost:
            ended = str(lost)
        except ProblemsFound as found:  # a command of ours that did not run
            ended = found.problems[0].message
        stage.close_all()
        lines = [(line.connection, str(line)) for line in stage.lines]
        for finding in stage.findings:
            # Whoever's login was lent may have come in an earlier scenario.
            told = lines[0 if finding.connections else stage.begun : finding.until]
            self._found.append((finding, evidence_of(finding, told)))
        self._played.append(
            Played(title=scenario.title, ended=ended, transcript=tuple(text for _, text in lines[stage.begun :]))
        )

    def _report(self) -> IsolationReport:
        stage = self.stage
        return IsolationReport(
            url=stage.target.url,
            users=tuple(user.name for user in stage.users),
            tells_by=self._tells_by(),
            trouble=self._trouble,
            held_back=self._held_back,
            rules=judge_rules(self._found, self._why_not()),
            scenarios=tuple(self._played),
            connections=stage.opened,
            at_once=stage.most,
            logins=len(stage.entries),
            entered=tuple(user.name for user in stage.users if user.name in {entry.user for entry in stage.entries}),
            refused=tuple(user.name for user in stage.users if stage.standing(user).refused),
            seconds=round(stage.seconds, 1),
        )

    def _tells_by(self) -> str:
        if self.stage.names_users:
            return "answers name the user"
        status = self.stage.stranger_status
        return f"by status alone: strangers get {status}, users another" if status == 401 else "answers name nobody"

    def _why_not(self) -> str:
        """Why something that a login shows was not seen, although logins are possible."""
        if not self.stage.users:
            return "no user was given"
        if not self.stage.able:
            return ""
        ended = next((played.ended for played in self._played if played.ended), "")
        return (
            f"the scenario did not come to its end: {ended}" if ended else "the logins that show it did not come about"
        )
