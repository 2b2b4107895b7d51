"""A made-up corpus for the wall's bench: partners, conversations and passages in the real tables.

Words follow Zipf's law as speech does, so that there are words nearly everybody says and words said once.
Three words stand at rates that are known beforehand, for searches. Partners take turns, so that their
passages lie mixed on the disk as they would after years of use.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PASSAGES_EACH = 50
ENQUIRIES_EACH = 4
# Word -> one passage in so many holds it; primes, so that every partner's passages get their share.
KNOWN_WORDS = {"council": 11, "caravan": 397, "harpsichord": 24_989}
_FREQUENT = (
    "the and i to a it was they that you of in my me not we he she so but for have do know just like "
    "this there is with on what be were no when had them at all if about would because go as then out got "
    "said people here one up well from or time really think get your how going did are help could never"
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Ids of what was made, in order."""

    partners: list[int]
    enquiries: dict[int, list[int]]
    passages: int


def make(*, passages: int, partners: int, dsn: str) -> Corpus:
    """Fill a migrated, empty database. Django must be connected as the owner; `dsn` is a superuser's.

    The superuser copies the passages in with triggers off: the rows are right by construction, and a
    million look-ups of their foreign keys would be the longest part of the bench.
    """
    from accounts.models import Partner, User

    owner = User.objects.create_user("bench@example.org", "a password of the bench", name="Bench")
    made = Partner.objects.bulk_create(
        Partner(name=f"Partner {n}", slug=f"partner-{n}") for n in range(1, partners + 1)
    )
    conversations = max(1, passages // PASSAGES_EACH)
    enquiries = _enquiries(made, owner)
    rows = _conversations(conversations, enquiries, owner)
    _copy_passages(rows, dsn)
    return Corpus(
        [partner.pk for partner in made],
        {partner.pk: [e.pk for e in enquiries if e.partner_id == partner.pk] for partner in made},
        len(rows) * PASSAGES_EACH,
    )


def _enquiries(partners: list[Any], owner: Any) -> list[Any]:
    """Each partner's enquiries with a wave and a consent form each, the partners taking turns."""
    from enquiries.models import ConsentForm, Enquiry, Wave

    made = Enquiry.objects.bulk_create(
        Enquiry(
            partner=partner,
            title=f"Enquiry {n} of {partner.name}",
            question="What has it been like, trying to find a home and keep it?",
            place="Eastmere",
            cut_off_on=datetime.date(2030, 1, 1),
            framed_by=owner,
        )
        for n in range(1, ENQUIRIES_EACH + 1)
        for partner in partners
    )
    today = datetime.date(2026, 1, 1)
    Wave.objects.bulk_create(
        Wave(partner=each.partner, enquiry=each, number=1, opened_on=today) for each in made
    )
    ConsentForm.objects.bulk_create(
        ConsentForm(partner=each.partner, enquiry=each, version=1, text="We would like to listen to you.")
        for each in made
    )
    return made


@dataclass(frozen=True, slots=True)
class _Row:
    partner: int
    version: int
    conversation: int
    contributor: int


def _conversations(count: int, enquiries: list[Any], owner: Any) -> list[_Row]:
    """Conversations with one voice each, who agreed to being read, and a signed-off text without names."""
    from django.utils import timezone

    from enquiries.models import (
        ConsentEvent,
        ConsentForm,
        ConsentMethod,
        ConsentState,
        Contributor,
        Conversation,
        Participation,
        Scope,
        Wave,
    )
    from transcripts.models import PseudonymisedVersion, SourceKind, Transcript, TranscriptState

    waves = dict(Wave.objects.values_list("enquiry_id", "pk"))
    forms = dict(ConsentForm.objects.values_list("enquiry_id", "pk"))
    turn = [enquiries[n % len(enquiries)] for n in range(count)]
    step = 2000
    voices = Contributor.objects.bulk_create(
        (Contributor(partner_id=e.partner_id, enquiry=e, pseudonym=f"Wren {n}") for n, e in enumerate(turn)),
        batch_size=step,
    )
    ConsentEvent.objects.bulk_create(
        (
            ConsentEvent(
                partner_id=voice.partner_id,
                contributor=voice,
                wave_id=waves[voice.enquiry_id],
                scope=scope,
                decision=ConsentState.GRANTED,
                method=ConsentMethod.WRITTEN,
                form_id=forms[voice.enquiry_id],
                recorded_by=owner,
            )
            for voice in voices
            for scope in (Scope.TAKE_PART, Scope.AUDIO_RECORD, Scope.ANALYSE, Scope.QUOTE_WORDS)
        ),
        batch_size=step,
    )
    talks = Conversation.objects.bulk_create(
        (
            Conversation(
                partner_id=e.partner_id,
                enquiry=e,
                wave_id=waves[e.pk],
                number=n // len(enquiries) + 1,
                held_on=datetime.date(2026, 2, 1),
                added_by=owner,
            )
            for n, e in enumerate(turn)
        ),
        batch_size=step,
    )
    Participation.objects.bulk_create(
        (
            Participation(partner_id=talk.partner_id, conversation=talk, contributor=voice, order=1)
            for talk, voice in zip(talks, voices, strict=True)
        ),
        batch_size=step,
    )
    now = timezone.now()
    texts = Transcript.objects.bulk_create(
        (
            Transcript(
                partner_id=talk.partner_id,
                conversation=talk,
                source=SourceKind.TYPED,
                state=TranscriptState.PSEUDONYMISED,
            )
            for talk in talks
        ),
        batch_size=step,
    )
    signer = type(owner).objects.create_user("second@example.org", "a password of the bench", name="Second")
    versions = PseudonymisedVersion.objects.bulk_create(
        (
            PseudonymisedVersion(
                partner_id=text.partner_id,
                transcript=text,
                number=1,
                text="…",
                made_by=owner,
                signed_off_by=signer,
                signed_off_at=now,
            )
            for text in texts
        ),
        batch_size=step,
    )
    return [
        _Row(talk.partner_id, version.pk, talk.pk, voice.pk)
        for talk, voice, version in zip(talks, voices, versions, strict=True)
    ]


def _copy_passages(rows: list[_Row], dsn: str) -> None:
    """Copy the passages in, then build the search's index at once instead of row by row."""
    import psycopg

    table = "transcripts_segment"
    with psycopg.connect(dsn) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set local maintenance_work_mem = '512MB'")
        indexes = connection.execute(
            "select indexname, indexdef from pg_indexes where tablename = %s and indexdef like %s",
            [table, "% USING gin %"],
        ).fetchall()
        for name, _definition in indexes:
            connection.execute(f'drop index "{name}"')
        columns = (
            "partner_id, version_id, conversation_id, contributor_id, voice, number, start, "
            '"end", text, embedded_with'
        )
        with connection.cursor().copy(f"copy {table} ({columns}) from stdin") as copy:
            texts = _texts(len(rows) * PASSAGES_EACH)
            for row in rows:
                at = 0
                for number in range(1, PASSAGES_EACH + 1):
                    text = next(texts)
                    copy.write_row(
                        (
                            row.partner,
                            row.version,
                            row.conversation,
                            row.contributor,
                            "person",
                            number,
                            at,
                            at + len(text),
                            text,
                            "",
                        )
                    )
                    at += len(text) + 2
        for _name, definition in indexes:
            connection.execute(definition)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")


def _texts(count: int) -> Iterator[str]:
    """Passages of 20 to 60 words; the same at every run."""
    import numpy as np

    rng = np.random.default_rng(11)
    syllables = [consonant + vowel for consonant in "bcdfghlmnprstw" for vowel in "aeiou"]
    made = ["".join(rng.choice(syllables, size=rng.integers(2, 5))) for _ in range(20_000)]
    words = np.array([*_FREQUENT.split(), *made], dtype=object)
    shares = 1.0 / (np.arange(len(words)) + 2.7)
    shares /= shares.sum()
    said = 0
    while said < count:
        batch = min(20_000, count - said)
        lengths = rng.integers(20, 61, size=batch)
        picked = words[rng.choice(len(words), size=int(lengths.sum()), p=shares)]
        at = 0
        for n, length in enumerate(lengths, start=said):
            spoken = list(picked[at : at + length])
            at += length
            for word, every in KNOWN_WORDS.items():
                if n % every == 0:
                    spoken[length // 2] = word
            yield " ".join(spoken).capitalize() + "."
        said += batch
