from __future__ import annotations

import threading

from bridgehead.verify.observing.questions import Connect
from tests.verify.strange import Strange, look_at, silent


def test_a_question_is_asked_once_whoever_asks() -> None:
    accepted = []

    def count(connection: object) -> None:
        accepted.append(connection)

    with Strange(count) as server:
        look = look_at()
        question = Connect("webext.contoso.com", server.port)
        askers = [threading.Thread(target=look, args=(question,)) for _ in range(8)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert look(question) is look(Connect("webext.contoso.com", server.port))
    assert len(accepted) <= 1


def test_what_was_seen_can_be_looked_up_without_asking() -> None:
    with Strange(silent) as server:
        look = look_at()
        question = Connect("webext.contoso.com", server.port)
        assert look.seen(question) is None
        seen = look(question)
        assert look.seen(question) is seen
