"""The catalogue as a whole."""

from __future__ import annotations

from tests.conformance import answer_bodies, answer_heads, chunks, fields, framings, hops, start_lines

REQUESTS = (
    *start_lines.METHODS, *start_lines.TARGETS, *start_lines.VERSIONS, *start_lines.SEPARATORS,
    *fields.NAMES, *fields.VALUES, *fields.LINES, *fields.HOSTS,
    *framings.LENGTHS, *framings.BOTH, *framings.CODINGS,
    *chunks.SIZES, *chunks.DATA, *chunks.EXTENSIONS, *chunks.TRAILERS,
    *hops.CONNECTION, *hops.UPGRADES, *hops.EXPECTATIONS, *hops.OTHERS,
)  # fmt: skip

ANSWERS = (
    *answer_heads.START_LINES, *answer_heads.NAMES, *answer_heads.VALUES, *answer_heads.LINES,
    *answer_bodies.LENGTHS, *answer_bodies.CODINGS, *answer_bodies.CHUNKS, *answer_bodies.BROKEN_OFF,
    *answer_bodies.STATUSES, *answer_bodies.INTERIM, *answer_bodies.SURPLUS,
)  # fmt: skip
