"""Whether the record is as it was written: one set-based expression over every act, then the anchor.

The arithmetic of the hash stands here a second time, beside the trigger that writes it: a function kept in
the database could be exchanged by whoever tampers with its tables. Nothing is taken on the database's word
but what PostgreSQL itself computes. docs/adr/0008 says what is found and what cannot be.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from audit import anchor
from audit.anchor import Head, Kept

# Faults told one by one; a record with more has been replaced, and the first of them say where.
MOST_FAULTS = 100
ANCHOR_BATCH = 20_000
# A chain as young as this may not have been anchored yet.
ANCHORED_WITHIN_MIN = 10

# Two things at once, of every act: that it and its link are both there and give the hash that was written
# (merge join by id), and that the links of each chain follow one another without a gap.
FAULTS = r"""
SELECT fault, chain, "position", event_id FROM (
    SELECT CASE WHEN l.event_id IS NULL THEN 'unlinked'
                WHEN e.id IS NULL THEN 'deleted' ELSE 'changed' END AS fault,
           coalesce(l.chain, e.partner_id, 0) AS chain, l.position, coalesce(l.event_id, e.id) AS event_id
    FROM audit_event e FULL JOIN audit_link l ON l.event_id = e.id
    WHERE (%(chain)s::bigint IS NULL OR coalesce(l.chain, e.partner_id, 0) = %(chain)s::bigint
           OR coalesce(e.partner_id, 0) = %(chain)s::bigint)
      AND (l.event_id IS NULL OR e.id IS NULL OR l.chain IS DISTINCT FROM coalesce(e.partner_id, 0)
           OR l.hash IS DISTINCT FROM sha256(
                l.previous || int8send(l.chain) || int8send(l.position) || timestamptz_send(e.at)
                || convert_to(concat_ws(E'\x1f', e.id, coalesce(e.actor_id::text, '-'),
                    coalesce(e.partner_id::text, '-'), e.transaction_id, e.action, e.object_type,
                    e.object_id, e.detail), 'UTF8')))
    UNION ALL
    SELECT CASE WHEN "position" IS DISTINCT FROM before + 1 THEN 'gap' ELSE 'broken' END,
           chain, "position", event_id
    FROM (
        SELECT chain, "position", event_id, previous,
               lag("position", 1, 0::bigint) OVER in_chain AS before,
               lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER in_chain AS hash_before
        FROM audit_link WHERE %(chain)s::bigint IS NULL OR chain = %(chain)s::bigint
        WINDOW in_chain AS (PARTITION BY chain ORDER BY "position")
    ) follows
    WHERE "position" IS DISTINCT FROM before + 1 OR previous IS DISTINCT FROM hash_before
) faults
LIMIT %(most)s
"""

ENDS = """
SELECT ends.chain, ends.acts, ends.head, l.hash,
       (SELECT e.at < now() - make_interval(mins => %(minutes)s) FROM audit_link f
        JOIN audit_event e ON e.id = f.event_id WHERE f.chain = ends.chain ORDER BY f.position LIMIT 1)
FROM (SELECT chain, count(*) AS acts, max("position") AS head FROM audit_link
      WHERE %(chain)s::bigint IS NULL OR chain = %(chain)s::bigint GROUP BY chain) ends
JOIN audit_link l ON l.chain = ends.chain AND l.position = ends.head
ORDER BY ends.chain
"""

AGAINST_ANCHOR = """
SELECT kept.at, kept.chain, kept."position", l.event_id,
       NOT EXISTS (SELECT FROM audit_link h WHERE h.chain = kept.chain AND h.position >= kept."position")
FROM unnest(%(at)s::text[], %(chains)s::bigint[], %(positions)s::bigint[], %(hashes)s::bytea[])
    AS kept (at, chain, "position", hash)
LEFT JOIN audit_link l ON l.chain = kept.chain AND l.position = kept."position"
WHERE l.hash IS DISTINCT FROM kept.hash
ORDER BY kept."position" LIMIT %(most)s
"""

GUARDS = """
SELECT wanted.name FROM unnest(%(triggers)s::text[]) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgname = wanted.name AND t.tgenabled IN ('O', 'A'))
"""
TRIGGERS = (
    "audit_event_append_only",
    "audit_event_no_truncate",
    "audit_event_note_turn",
    "audit_turn_chain",
    "audit_link_append_only",
    "audit_link_no_truncate",
)
# Merging by the two indexes reads both tables in the order in which they were written; a hash join of
# millions of acts spills to the disk. The two halves of the expression may each take a processor.
PLANNING = (
    "SET LOCAL search_path = pg_catalog, public",
    "SET LOCAL row_security = off",
    "SET LOCAL enable_hashjoin = off",
    "SET LOCAL work_mem = '64MB'",
    "SET LOCAL parallel_setup_cost = 0",
    "SET LOCAL min_parallel_table_scan_size = 0",
)

SENTENCES = {
    "changed": "the act at place {position} (event {event_id}) is not as it was written: it was changed, or"
    " put in the place of another",
    "deleted": "the act at place {position} (event {event_id}) was deleted",
    "unlinked": "event {event_id} stands there without a place: it was put in from outside, or its place"
    " deleted",
    "gap": "at place {position} (event {event_id}) what stood before is missing, or is there twice",
    "broken": "the act at place {position} (event {event_id}) does not follow from the one before: one of"
    " them was moved, exchanged or put in",
    "doubled": "there are more acts than places: an act is there twice",
    "cut": "its end was cut off: on {at} it held {position} acts, as the anchor knows",
    "rewritten": "place {position} is not what the anchor kept on {at}: the record was rewritten there or"
    " before",
    "unanchored": "the anchor knows nothing of it, so an end cut off would not be seen. Find the anchor’s"
    " file; where there is none yet, run this once with --start-anchor",
    "guard": "the trigger {at} is missing or switched off. Run migrate as the owner, and ask who changed it",
}


class Cursor(Protocol):
    """What Django's cursors and psycopg's have in common."""

    def execute(self, query: str, params: dict[str, Any] | None = None, /) -> Any: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written. `at` is the anchor's time, or the name of a guard."""

    kind: str
    chain: int
    position: int | None = None
    event_id: int | None = None
    at: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong and where, as one sentence."""
        whose = f"the record of partner {self.chain}" if self.chain else "the installation’s own record"
        told = SENTENCES[self.kind].format(position=self.position, event_id=self.event_id, at=self.at)
        return f"In {whose}, {told}."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and what was found wrong."""

    acts: int
    heads: list[Head]
    faults: list[Fault]
    anchored: int
    unreadable: int

    @property
    def is_sound(self) -> bool:
        return not self.faults


def verify(
    cursor: Cursor,
    anchor_file: Path,
    *,
    anchor_size: int | None = None,
    chain: int | None = None,
    starts_anchor: bool = False,
) -> Verdict:
    """Look at every act of every chain, or of one.

    Args:
        cursor: in a transaction, best REPEATABLE READ, of a role that row security does not bind.
        anchor_size: bytes of the anchor to believe; taken before the transaction began, so that an end
            anchored since does not look cut off. None for all of it.
        chain: a partner's id, 0 for acts of the installation, None for all.
        starts_anchor: chains without an anchor are no fault.

    Returns:
        At most MOST_FAULTS faults of the chains and as many of the anchor.

    Raises:
        DatabaseError (the driver's own): the role may not see the whole record.
    """
    for statement in PLANNING:
        cursor.execute(statement)
    cursor.execute(FAULTS, {"chain": chain, "most": MOST_FAULTS})
    faults = [Fault(*row) for row in cursor.fetchall()]
    cursor.execute(ENDS, {"chain": chain, "minutes": ANCHORED_WITHIN_MIN})
    ends = cursor.fetchall()
    acts = sum(row[1] for row in ends)
    heads = [Head(row[0], row[2], bytes(row[3])) for row in ends]
    faults += _doubled(cursor, chain, acts, has_faults=bool(faults))
    anchored, unreadable, known = 0, 0, set()
    for batch in _batches(anchor.read(anchor_file, until=anchor_size)):
        kept = [each for each in batch if each is not None and chain in (None, each.head.chain)]
        unreadable += sum(each is None for each in batch)
        anchored += len(kept)
        known |= {each.head.chain for each in kept}
        faults += _against_anchor(cursor, kept)
    if not starts_anchor:
        faults += [Fault("unanchored", row[0]) for row in ends if row[0] not in known and row[4]]
    cursor.execute(GUARDS, {"triggers": list(TRIGGERS)})
    faults += [Fault("guard", 0, at=name) for (name,) in cursor.fetchall()]
    return Verdict(acts, heads, faults, anchored, unreadable)


def _doubled(cursor: Cursor, chain: int | None, acts: int, *, has_faults: bool) -> list[Fault]:
    """An exact copy of an act, where the key that forbids it was dropped, agrees with the act's own hash."""
    if has_faults:
        return []
    cursor.execute(
        "SELECT count(*) FROM audit_event WHERE %(chain)s::bigint IS NULL"
        " OR coalesce(partner_id, 0) = %(chain)s::bigint",
        {"chain": chain},
    )
    return [] if cursor.fetchall()[0][0] == acts else [Fault("doubled", chain or 0)]


def _against_anchor(cursor: Cursor, kept: list[Kept]) -> list[Fault]:
    cursor.execute(
        AGAINST_ANCHOR,
        {
            "at": [each.at for each in kept],
            "chains": [each.head.chain for each in kept],
            "positions": [each.head.position for each in kept],
            "hashes": [each.head.hash for each in kept],
            "most": MOST_FAULTS,
        },
    )
    found = cursor.fetchall()
    return [
        Fault("cut" if is_cut else "rewritten", chain, position, event_id, at)
        for at, chain, position, event_id, is_cut in found
    ]


def _batches(lines: Iterable[Kept | None]) -> Iterator[list[Kept | None]]:
    lines = iter(lines)
    while batch := list(islice(lines, ANCHOR_BATCH)):
        yield batch
