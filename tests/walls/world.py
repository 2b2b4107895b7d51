"""Two partners with one of everything, and a mark in each secret (`tests.walls.marks`)."""

import datetime
import io
import re
import wave
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.models import EmergencyAccess, Invitation, Membership, Partner, Role, User
from enquiries.models import (
    ConsentForm,
    Contributor,
    Conversation,
    Enquiry,
    EnquiryPartner,
    LegalHold,
    Wave,
    Withdrawal,
)
from portal.actions import links
from portal.models import Question
from publishing import site
from publishing.editors import sync_editor_access
from tests.factories.accounts import MembershipFactory, PartnerFactory, UserFactory
from tests.factories.enquiries import (
    CaptureFactory,
    ConsentFormFactory,
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    LinkFactory,
    PersonFactory,
    WorkFactory,
    spoken_line,
)
from tests.factories.themes import CodeFactory, a_quote, an_offer, signed_off
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from tests.walls import world_coaching, world_pages
from tests.walls.marks import TEAM_KINDS, mark
from themes.actions import start_codebook
from themes.models import (
    Memo,
    PassageRead,
    ProposalDecision,
    QuoteState,
    ReadingMark,
    TagDecision,
    Theme,
    ThemeQuote,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)
from transcripts.models import (
    Export,
    ExportedVoice,
    ExportRecall,
    PseudonymisedVersion,
    Segment,
    SourceKind,
    StruckOut,
    Transcript,
)
from transcripts.models.raw import NameFinding, PseudonymisedFrom, RawVersion, Replacement

# Where nothing is, in every table.
MISSING = 987_654_321


@dataclass
class Side:
    """One partner and all it has. `first` and `second` hold two users for each role."""

    letter: str
    partner: Partner
    first: dict[str, User] = field(default_factory=dict)
    second: dict[str, User] = field(default_factory=dict)
    # Kind of object → keys: the first belongs to the first users, the second to their colleagues.
    objects: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def word(self, kind: str) -> str:
        return mark(self.letter, kind)


@dataclass
class World:
    a: Side
    b: Side
    # Name of a way to come → the user who comes that way; None is nobody signed in.
    users: dict[str, User | None]
    # Name of a way to come → marks that may be read there, as (partner, kind).
    may_read: dict[str, set[tuple[str, str]]]

    def key(self, kind: str, whose: str) -> Any:
        """The key of an object: `own`, `colleague`, `other` (the other partner's) or `missing`."""
        if whose == "missing":
            return MISSING
        side = self.b if whose == "other" else self.a
        found = side.objects[kind]
        if not found:
            raise KeyError(f"The world has no {kind}. Make one in tests/walls/world.py.")
        return found[-1] if whose == "colleague" else found[0]

    def has_colleagues(self, kind: str) -> bool:
        return len(self.a.objects[kind]) > 1


def build() -> World:
    """Make everything. Takes a few seconds; keep it for a whole module."""
    site.prepare(hostname="localhost", port=80)
    a, b = _partner("a"), _partner("b")
    for side in (a, b):
        _listening(side, "first")
        _listening(side, "second")
        world_coaching.walk_alongside(side, "first", "one")
        world_coaching.walk_alongside(side, "second", "two")
        world_pages.publish(side)
        world_pages.share(side)
    return World(a, b, *_ways(a, b))


# --- Who comes ----------------------------------------------------------------------------------------


def _partner(letter: str) -> Side:
    # What a partner is called stands on its public shelf, so it carries no mark.
    partner = PartnerFactory(name=f"Partner {letter.upper()}", slug=f"partner-{letter}", place="Eastmere")
    side = Side(letter, partner)
    for role in Role.values:
        for group, number in ((side.first, "one"), (side.second, "two")):
            user: User = UserFactory(
                name=f"{side.word('staff')} {role} {number}",
                email=f"{side.word('staff')}-{role}-{number}@example.org".replace("_", "-"),
            )
            membership = MembershipFactory(user=user, partner=partner, role=role)
            group[role] = user
            side.objects["membership"].append(membership.pk)
            side.objects["user"].append(user.pk)
    side.objects["partner"].append(partner.pk)
    _entry(side)
    return side


def _entry(side: Side) -> None:
    """Somebody invited, and a role asked for in need."""
    for staff in (side.first, side.second):
        invitation = Invitation.objects.create(
            partner=side.partner,
            email=f"{side.word('invited')}-{len(side.objects['invitation'])}@example.org",
            roles=[Role.COACH],
            nonce=f"{side.letter}{len(side.objects['invitation']):042d}",
            invited_by=staff[Role.PARTNER_LEAD],
            expires_at=timezone.now() + datetime.timedelta(days=1),
        )
        side.objects["invitation"].append(invitation.pk)
        asked = EmergencyAccess.objects.create(
            partner=side.partner,
            holder=staff[Role.REVIEWER],
            role=Role.DATA_GUARDIAN,
            hours=4,
            reason=f"Somebody is ill {side.word('urgent')}.",
            asked_by=staff[Role.REVIEWER],
        )
        side.objects["emergency"].append(asked.pk)


def _ways(a: Side, b: Side) -> tuple[dict[str, User | None], dict[str, set[tuple[str, str]]]]:
    def user(way: str, *memberships: tuple[Side, str], **fields: Any) -> User:
        made: User = UserFactory(email=f"{way}@example.org".replace("_", "-"), name=way, **fields)
        for side, role in memberships:
            MembershipFactory(user=made, partner=side.partner, role=role)
        return made

    ended = user("ended", (a, Role.RESEARCHER), (a, Role.EDITOR), (a, Role.COACH))
    Membership.objects.filter(user=ended).update(ended_at=timezone.now() - datetime.timedelta(days=1))
    sync_editor_access(ended)
    users: dict[str, User | None] = {
        "anonymous": None,
        "no_role": user("no_role"),
        "ended": ended,
        "both": user("both", (a, Role.RESEARCHER), (b, Role.RESEARCHER)),
        "superuser": user("superuser", is_staff=True, is_superuser=True),
        **a.first,
    }
    reads: dict[str, set[str]] = {
        Role.COACH: {"walkedone", "privateone", "shared", "enquiry", "staff"},
        Role.RESEARCHER: {*TEAM_KINDS, "handed"},
        Role.REVIEWER: {*TEAM_KINDS, "draft", "urgent"},
        Role.EDITOR: {"draft", "theme", "quote", "figure", "work", "enquiry", "staff"},
        Role.DATA_GUARDIAN: {
            "urgent",
            "held",
            "handed",
            "file",
            "staff",
            "work",
            "enquiry",
            "walkedone",
            "walkedtwo",
            "pseudonym",
            "identity",
            "withdrawal",
            "asked",
        },
        Role.SAFEGUARDING_LEAD: {"staff", "urgent"},
        Role.PARTNER_LEAD: {
            "invited",
            "urgent",
            "figure",
            "file",
            "staff",
            "walkedone",
            "walkedtwo",
            "enquiry",
        },
        "both": {*TEAM_KINDS, "handed"},
    }
    may_read = {way: {("a", kind) for kind in reads.get(way, set())} for way in users}
    may_read["both"] |= {("b", kind) for kind in reads["both"]}
    # Whoever runs the installation keeps accounts and pages, and has no role at any partner.
    may_read["superuser"] = {(letter, kind) for letter in "ab" for kind in ("staff", "draft")}
    return users, may_read


# --- What was heard -----------------------------------------------------------------------------------


def _tone(hidden: str) -> bytes:
    """A short sound with a mark in its tail, as a chunk that players pass over."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10" * 800)
    note = hidden.encode().ljust(32, b" ")
    return out.getvalue() + b"note" + len(note).to_bytes(4, "little") + note


def _listening(side: Side, turn: str) -> None:
    staff = side.first if turn == "first" else side.second
    keep, partner = side.objects, side.partner
    researcher, reviewer = staff[Role.RESEARCHER], staff[Role.REVIEWER]
    enquiry: Enquiry = EnquiryFactory(
        partner=partner,
        title=f"Finding a home {side.word('enquiry')} {turn}",
        # Its question and its place stand on the public pages of what came of it.
        question="What has it been like, trying to find a home and keep it?",
        place="Eastmere",
        why=side.word("frame"),
        who_listens=side.word("frame"),
        how_invited=side.word("frame"),
        retention=side.word("frame"),
        lawful_basis=side.word("frame"),
        framed_by=researcher,
    )
    keep["enquiry"].append(enquiry.pk)
    keep["wave"].append(Wave.objects.get(enquiry=enquiry).pk)
    EnquiryPartner.objects.create(partner=partner, enquiry=enquiry, other=PartnerFactory())
    keep["consent_form"].append(ConsentForm.objects.get(enquiry=enquiry).pk)
    draft = ConsentFormFactory(enquiry=enquiry, in_use_from=None, text=side.word("frame"))
    keep["consent_draft"].append(draft.pk)
    speaker = _voice(side, enquiry, turn, agreed=True)
    _voice(side, enquiry, f"{turn} declined", declined=True)
    gone = _voice(side, enquiry, f"{turn} withdrawn", withdrawn=True)
    taken_back = Withdrawal.objects.create(
        partner=partner,
        contributor=gone,
        scopes=["take_part"],
        method="told",
        by=staff[Role.DATA_GUARDIAN],
        problem=side.word("withdrawal"),
    )
    keep["withdrawal"].append(taken_back.pk)
    keep["contributor"].append(speaker.pk)
    _own_page(side, speaker, researcher)
    for on in ({"enquiry": enquiry}, {"contributor": speaker}):
        hold = LegalHold.objects.create(
            partner=partner, reason=side.word("held"), placed_by=staff[Role.DATA_GUARDIAN], **on
        )
        keep["hold"].append(hold.pk)
    conversation = _conversation(side, enquiry, speaker, researcher)
    keep["conversation"].append(conversation.pk)
    segments = _texts(side, conversation, speaker, researcher, reviewer)
    keep["spoken_line"].append(spoken_line(speaker, conversation, keep["recording"][-1]).pk)
    _sense(side, enquiry, conversation, segments, researcher, reviewer)
    for state in ("draft", "verified"):
        other = _conversation(side, enquiry, speaker, researcher)
        _recording(side, other, researcher)
        transcript = TranscriptFactory(
            conversation=other,
            source=SourceKind.SOUND,
            turns=_said(side, speaker),
            turns__machine=True,
            **({"verified": True} if state == "verified" else {}),
        )
        keep[f"{state}_conversation"].append(other.pk)
        if state == "verified":
            _names(side, transcript, reviewer)
            StruckOut.objects.create(
                partner=partner, transcript=transcript, contributor=speaker, version_number=1, start=0, end=5
            )
    _handed_over(side, enquiry, speaker, researcher)
    work = WorkFactory(
        partner=partner,
        enquiry=enquiry,
        asked_by=researcher,
        failed=True,
        reason=f"{side.word('work')}: try again.",
        about_id=keep["recording"][-1],
        kind="transcribe",
    )
    keep["work"].append(work.pk)


def _handed_over(side: Side, enquiry: Enquiry, speaker: Contributor, by: User) -> None:
    """An export that holds what the speaker said, called back once."""
    export = Export.objects.create(
        partner=side.partner,
        enquiry=enquiry,
        recipient=side.word("handed"),
        reach=side.word("handed"),
        purpose=side.word("handed"),
        made_by=by,
    )
    side.objects["export"].append(export.pk)
    ExportedVoice.objects.create(partner=side.partner, export=export, contributor=speaker)
    side.objects["recall"].append(ExportRecall.objects.create(partner=side.partner, export=export).pk)


def _voice(side: Side, enquiry: Enquiry, which: str, **trait: bool) -> Contributor:
    voice: Contributor = ContributorFactory(
        enquiry=enquiry,
        pseudonym=f"{side.word('pseudonym')} {which}",
        helper=f"{side.word('pseudonym')} helper",
        **trait,
    )
    person = PersonFactory(
        partner=side.partner,
        called=side.word("identity"),
        full_name=f"{side.word('identity')} {which}",
        phone=side.word("identity"),
        email=f"{side.word('identity')}@example.org",
        safe_contact=side.word("identity"),
        other_names=[side.word("identity")],
    )
    LinkFactory(contributor=voice, person=person)
    CaptureFactory(contributor=voice)
    return voice


def _own_page(side: Side, speaker: Contributor, by: User) -> None:
    """A link to the speaker's own page, and what they asked there."""
    made = links.make_link(contributor=speaker, by=by, word="blackbird")
    side.objects["personal_link"].append(made.link.pk)
    question = Question.objects.create(
        partner=side.partner,
        contributor=speaker,
        kind="complaint",
        said=f"Nobody rang back {side.word('asked')}.",
        due_on=timezone.localdate(),
    )
    side.objects["question"].append(question.pk)


def _conversation(side: Side, enquiry: Enquiry, speaker: Contributor, by: User) -> Conversation:
    made: Conversation = ConversationFactory(
        enquiry=enquiry,
        contributors=[speaker],
        added_by=by,
        listener=by,
        others_present=side.word("pseudonym"),
    )
    return made


def _said(side: Side, speaker: Contributor) -> list[tuple[Contributor | None, str]]:
    return [
        (speaker, f"They sent me away {side.word('raw')} and nobody wrote it down."),
        (None, f"What would have helped {side.word('raw')}?"),
        (speaker, f"One person who knew me. My sister {side.word('raw')} rang for me."),
    ]


def _recording(side: Side, conversation: Conversation, by: User) -> None:
    sound = _tone(side.word("sound"))
    recording = RecordingFactory(conversation=conversation, data=sound, received_by=by, duration_ms=100)
    side.objects["recording"].append(recording.pk)


def _texts(
    side: Side, conversation: Conversation, speaker: Contributor, researcher: User, reviewer: User
) -> list[Segment]:
    """Sound, its unedited words, and the passages cut from the text without names."""
    _recording(side, conversation, researcher)
    transcript: Transcript = TranscriptFactory(
        conversation=conversation,
        source=SourceKind.SOUND,
        pseudonymised=False,
        verified=True,
        turns=_said(side, speaker),
        turns__machine=True,
    )
    raw = RawVersion.objects.get(transcript=transcript)
    Transcript.objects.filter(pk=transcript.pk).update(state="pseudonymised")
    segments = signed_off(
        conversation,
        [f"It came from the wrong office {side.word('passage')} {n}." for n in range(3)],
        speakers=[speaker],
        source=SourceKind.SOUND,
        by=(researcher, reviewer),
    )
    PseudonymisedFrom.objects.create(
        partner=side.partner,
        pseudonymised=PseudonymisedVersion.objects.get(transcript=transcript),
        raw=raw,
    )
    side.objects["segment"].append(segments[0].pk)
    return segments


def _names(side: Side, transcript: Transcript, by: User) -> None:
    version = RawVersion.objects.get(transcript=transcript)
    word = side.word("raw")
    places = [found.start() for found in re.finditer(word, version.text)]
    for place in places[:2]:
        finding = NameFinding.objects.create(
            partner=side.partner,
            version=version,
            start=place,
            end=place + len(word),
            text=word,
            kind="PERSON",
            score=0.9,
            why="A name.",
            offered="[sister]",
        )
        side.objects["finding"].append(finding.pk)
    Replacement.objects.create(
        partner=side.partner,
        version=version,
        finding=None,
        start=places[2],
        end=places[2] + len(word),
        original=word,
        replacement="[sister]",
        decision="added",
        decided_by=by,
    )


def _sense(
    side: Side,
    enquiry: Enquiry,
    conversation: Conversation,
    segments: list[Segment],
    reader: User,
    second: User,
) -> None:
    keep, word, partner = side.objects, side.word("sense"), side.partner
    book = start_codebook(enquiry=enquiry, by=reader)
    keep["codebook"].append(book.pk)
    code = CodeFactory(
        codebook=book,
        name=f"Sent away {side.word('theme')}",
        slug=f"sent-away-{word}-{enquiry.pk}",
        definition=f"Sent away {word}.",
        local_name=side.word("theme"),
    )
    keep["code"].append(code.pk)
    offer = an_offer(segments[0], code, near=segments[1:])
    keep["suggestion"].append(offer.pk)
    tag = TagDecision.objects.create(
        partner=partner,
        segment=segments[1],
        code=code,
        start=0,
        end=len(segments[1].text),
        text=segments[1].text,
        choice="applied",
        reason=word,
        decided_by=reader,
    )
    keep["tag"].append(tag.pk)
    memo = Memo.objects.create(
        partner=partner, enquiry=enquiry, conversation=conversation, text=word, author=reader
    )
    keep["memo"].append(memo.pk)
    theme = Theme.objects.create(
        partner=partner,
        enquiry=enquiry,
        slug=f"told-again-{enquiry.pk}",
        title=f"Telling it again {side.word('theme')}",
        statement=f"People are asked to tell it many times {side.word('theme')}.",
        made_by=reader,
    )
    theme.codes.add(code, through_defaults={"partner": partner})
    keep["theme"].append(theme.pk)
    for state in (QuoteState.SELECTED, QuoteState.APPROVED):
        text = side.word("quote") if state == QuoteState.APPROVED else side.word("passage")
        quote = a_quote(segments[2], by=reader, state=state, shown=f"Told again {text}.")
        keep["quote" if state == QuoteState.SELECTED else "approved_quote"].append(quote.pk)
    ThemeQuote.objects.create(partner=partner, theme=theme, quote=quote)
    ReadingMark.objects.create(partner=partner, enquiry=enquiry, conversation=conversation, reader=second)
    run = TopicRun.objects.create(
        partner=partner,
        enquiry=enquiry,
        number=1,
        model="bertopic-kmeans",
        versions={"bertopic": "0.17.4"},
        parameters={"k": 1},
        corpus_hash="0" * 64,
        n_segments=len(segments),
        n_contributors=1,
        asked_by=reader,
        finished_at=timezone.now(),
    )
    keep["run"].append(run.pk)
    groups = [
        TopicProposal.objects.create(partner=partner, run=run, number=n, words=[[word, 0.4], ["walk", 0.2]])
        for n in (1, 2)
    ]
    keep["proposal"].append(groups[0].pk)
    inside = TopicAssignment.objects.create(
        partner=partner, run=run, proposal=groups[0], segment=segments[0], is_representative=True, x=0, y=0
    )
    TopicAssignment.objects.create(
        partner=partner, run=run, proposal=groups[1], segment=segments[1], x=0.1, y=0
    )
    outside = TopicAssignment.objects.create(partner=partner, run=run, segment=segments[2], x=0.5, y=0.5)
    keep["assignment"].append(outside.pk)
    PassageRead.objects.create(partner=partner, assignment=inside, reader=second)
    ProposalDecision.objects.create(
        partner=partner, proposal=groups[1], action="parked", reason=word, decided_by=second
    )
