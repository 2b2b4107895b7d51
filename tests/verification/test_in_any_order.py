"""Consent given, declined, taken back and given anew, between all that is done with words, in any order.

Each person's turns carry a mark of their own. After every step pages are asked for, and no answer may hold a
mark that its page may not show at that moment. What may be shown is worked out here from the answers people
gave, by this file's own table of what needs what, and not by the gate.
"""

import io
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.errors import AccountsError
from accounts.models import Role, User
from enquiries import actions as listening
from enquiries import consent
from enquiries.errors import EnquiryError
from enquiries.models import (
    ConsentMethod,
    Contributor,
    Conversation,
    Scope,
    Wave,
    Work,
    WorkState,
)
from enquiries.sweep import QUEUE
from publishing import actions as publishing
from publishing.errors import PublishingError
from publishing.models import WisdomPage
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, WaveFactory
from tests.factories.publishing import World, world
from tests.factories.themes import CodeFactory
from tests.jobs import run_due_jobs
from themes import actions as sense
from themes.errors import ThemesError
from themes.models import Code, Quote, QuoteState, Theme
from transcripts.actions.checking import mark_checked, verify
from transcripts.actions.importing import TypedTurn, import_turns
from transcripts.actions.names import FIND_NAMES
from transcripts.actions.pseudonymising import latest_pseudonymised, make_pseudonymised, sign_off
from transcripts.errors import TranscriptError
from transcripts.models import Segment, Transcript, TranscriptState
from transcripts.versions import latest

# Each step asks for a page, so 10,000 of them take half an hour of a processor: `make bench-any-order` goes
# through those in two processes, each on ways of its own.
STEPS = int(os.environ.get("WISDOMS_ANY_ORDER_STEPS", "300"))
PARTS = 1 if STEPS <= 1000 else 2
STEPS_AT_A_TIME = 100
pytestmark = [pytest.mark.slow, pytest.mark.timeout(max(300, STEPS // 2))]
# After so many steps somebody takes something back, whatever else is done on the way.
EVERY = 45
VOICES = 3
# What a scope cannot stand without, as the domain says it; the gate's own table is what is tried here.
CANNOT_STAND_WITHOUT = {
    Scope.AUDIO_RECORD: [Scope.TAKE_PART],
    Scope.MACHINE_TRANSCRIBE: [Scope.AUDIO_RECORD, Scope.TAKE_PART],
    Scope.ANALYSE: [Scope.TAKE_PART],
    Scope.QUOTE_WORDS: [Scope.ANALYSE, Scope.TAKE_PART],
    Scope.AUDIO_CLIP: [Scope.AUDIO_RECORD, Scope.QUOTE_WORDS, Scope.ANALYSE, Scope.TAKE_PART],
    Scope.ARCHIVE_DEPOSIT: [Scope.ANALYSE, Scope.TAKE_PART],
    Scope.NAMED_CREDIT: [Scope.TAKE_PART],
    Scope.LINK_COACHING: [Scope.TAKE_PART],
    Scope.PARTNER_SHARE: [Scope.TAKE_PART],
    Scope.PRACTICE_LEARNING: [Scope.TAKE_PART],
    Scope.PAYER_EVIDENCE: [Scope.TAKE_PART],
}
MARK = re.compile(r"qz(\d)w(\d)x")
# Wagtail refuses to take down what is not live.
REFUSALS = (AccountsError, EnquiryError, PublishingError, ThemesError, TranscriptError, PermissionDenied)
# What people are asked most matters most here; the rest would only lengthen the way.
ASKED = [Scope.TAKE_PART, Scope.ANALYSE, Scope.QUOTE_WORDS, Scope.PARTNER_SHARE, Scope.AUDIO_RECORD]

tried: Counter[str] = Counter()


def mark(voice: int, wave: int) -> str:
    """The word in everything that this person said in this round."""
    return f"qz{voice}w{wave}x"


class AnyOrder(RuleBasedStateMachine):
    """One enquiry with three people and two rounds of listening, and everybody who works on it."""

    def __init__(self) -> None:
        super().__init__()
        self.all_of_it = transaction.atomic()
        self.all_of_it.__enter__()
        self.place: World = world()
        self.guardian: User = colleague(self.place.partner, Role.DATA_GUARDIAN)
        self.researcher: User = colleague(self.place.partner, Role.RESEARCHER)
        self.reviewer: User = colleague(self.place.partner, Role.REVIEWER)
        enquiry = self.place.enquiry
        self.waves: list[Wave] = [enquiry.waves.get(), WaveFactory(enquiry=enquiry)]
        self.voices: list[Contributor] = [ContributorFactory(enquiry=enquiry) for _ in range(VOICES)]
        self.said: dict[tuple[int, int, str], bool] = {}
        self.book = sense.start_codebook(enquiry=enquiry, by=self.researcher)
        self.code: Code = CodeFactory(codebook=self.book, name="Sent from desk to desk")
        self.theme: Theme = self.place.theme()
        self.report = self.place.report()
        self.wisdom = self.place.wisdom(self.report)
        self.clients = {who: self._signed_in(who) for who in (self.researcher, self.place.editor)}
        self.stranger = Client()
        self.turn = self.steps = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.all_of_it.__exit__(None, None, None)

    def _signed_in(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    # --- What people say to being asked ---------------------------------------------------------------

    def _allows(self, voice: int, wave: int, scope: Scope) -> bool:
        needed = [scope, *CANNOT_STAND_WITHOUT.get(scope, [])]
        return all(self.said.get((voice, wave, one), False) for one in needed)

    def _answer(self, voice: int, wave: int, scopes: Iterable[Scope], decision: str) -> None:
        scopes = list(scopes)
        stood = [scope for scope in scopes if self.said.get((voice, wave, scope), False)]
        listening.record_consent(
            contributor=self.voices[voice],
            wave=self.waves[wave],
            decisions={scope.value: decision for scope in scopes},
            by=self.researcher,
        )
        self.said.update({(voice, wave, scope): decision == "granted" for scope in scopes})
        if decision == "declined":
            # A no after a yes takes back, unless the other round still has a yes.
            others = [other for other in range(len(self.waves)) if other != wave]
            for scope in [
                scope for scope in stood if not any(self.said.get((voice, w, scope), False) for w in others)
            ]:
                self._forget(voice, scope)

    def _forget(self, voice: int, scope: Scope) -> None:
        """What was said to `scope`, and to all that cannot stand without it, counts in no round any more."""
        for wave in range(len(self.waves)):
            for other in Scope:
                if scope in (other, *CANNOT_STAND_WITHOUT.get(other, [])):
                    self.said.pop((voice, wave, other), None)

    @invariant()
    def the_gate_says_the_same(self) -> None:
        """Neither more nor less is open than people's answers open."""
        numbers = {who.pk: voice for voice, who in enumerate(self.voices)}
        waves = {each.pk: wave for wave, each in enumerate(self.waves)}
        allowed = consent.allowing_each([(who, wave) for who in numbers for wave in waves], Scope)
        for scope, pairs in allowed.items():
            by_gate = {(numbers[who], waves[wave]) for who, wave in pairs}
            by_answers = {
                (voice, wave)
                for voice in numbers.values()
                for wave in waves.values()
                if self._allows(voice, wave, Scope(scope))
            }
            assert by_gate == by_answers, scope

    @initialize()
    def begin(self) -> None:
        """Everybody says yes in the first round, is listened to, alone and together, and quoted on a page."""
        for voice in range(VOICES):
            self._answer(voice, 0, Scope, "granted")
        for voices in ({0}, {1, 2}):
            self.write_down(voices, 0)
        for which in (0, 1):
            for _step in range(3):
                self.bring_on(which)
        for which in range(VOICES):
            self.tag(which)
            self.put_forward(which)
            for _step in range(4):
                self.bring_quote_on(which, "approved")
        self.put_to_theme(0)
        self.write_page(0, True)

    @rule(voice=st.integers(0, VOICES - 1), wave=st.integers(0, 1))
    def yes_to_all(self, voice: int, wave: int) -> None:
        self._do(lambda: self._answer(voice, wave, Scope, "granted"))

    @rule(voice=st.integers(0, VOICES - 1), wave=st.integers(0, 1), scope=st.sampled_from(ASKED))
    def yes(self, voice: int, wave: int, scope: Scope) -> None:
        self._do(lambda: self._answer(voice, wave, [scope], "granted"))

    @rule(voice=st.integers(0, VOICES - 1), wave=st.integers(0, 1), scope=st.sampled_from(ASKED))
    def no(self, voice: int, wave: int, scope: Scope) -> None:
        self._do(lambda: self._answer(voice, wave, [scope], "declined"))

    @rule(voice=st.integers(0, VOICES - 1), scope=st.sampled_from(ASKED), is_swept=st.booleans())
    def take_back(self, voice: int, scope: Scope, is_swept: bool) -> None:
        self._take_back(voice, scope, is_swept)

    @invariant()
    def now_and_then(self) -> None:
        """Some ways go without some of the rules. None goes without somebody who takes something back, and
        somebody who says no after a yes."""
        self.steps += 1
        nth, step = divmod(self.steps, EVERY)
        if step == 0:
            self._take_back(nth % VOICES, ASKED[nth % len(ASKED)], bool(nth % 2))
        elif step == EVERY // 2:
            self.no(nth % VOICES, nth % 2, ASKED[(nth + 1) % len(ASKED)])

    def _take_back(self, voice: int, scope: Scope, is_swept: bool) -> None:
        """In every round, with all that rests on it; the sweep comes at once or some steps later."""

        def act() -> None:
            listening.withdraw(
                contributor=self.voices[voice],
                scope=scope,
                by=self.guardian,
                method=ConsentMethod.TOLD,
            )
            self._forget(voice, scope)

        self._do(act, look=False)
        self.look(at_all_of=self.voices[voice])
        if is_swept:
            self.sweep()

    @rule()
    def sweep(self) -> None:
        self._do(lambda: run_due_jobs(QUEUE))

    # --- What is done with words ----------------------------------------------------------------------

    @rule(voices=st.sets(st.integers(0, VOICES - 1), min_size=1), wave=st.integers(0, 1))
    def write_down(self, voices: set[int], wave: int) -> None:
        def act() -> None:
            told = Conversation.objects.filter(enquiry=self.place.enquiry)
            conversation = ConversationFactory(
                enquiry=self.place.enquiry,
                # Not by counting: those of somebody who took everything back are gone.
                number=max(told.values_list("number", flat=True), default=0) + 1,
                wave=self.waves[wave],
                contributors=[self.voices[voice] for voice in sorted(voices)],
            )
            import_turns(
                conversation=conversation,
                turns=[
                    TypedTurn(
                        self.voices[voice],
                        f"They sent {mark(voice, wave)} from desk to desk {conversation.number} times.",
                    )
                    for voice in sorted(voices)
                ],
                by=self.researcher,
                checked=True,
            )

        if Transcript.objects.filter(conversation__enquiry=self.place.enquiry).count() < 4:
            self._do(act)

    @rule(which=st.integers(0, 3))
    def bring_on(self, which: int) -> None:
        """The next step of a text: verified, names out, signed off, or its passages cut for who agreed."""
        texts = list(Transcript.objects.filter(conversation__enquiry=self.place.enquiry).order_by("pk"))
        if texts:
            text = texts[which % len(texts)]
            self._do(lambda: self._bring_on(text))

    def _bring_on(self, text: Transcript) -> None:
        if text.state == TranscriptState.DRAFTED:
            mark_checked(transcript=text, by=self.researcher)
        elif text.state == TranscriptState.CHECKED:
            verify(transcript=text, has_heard=True, by=self.researcher)
            # The finder has gone through it and found nobody.
            Work.objects.filter(kind=FIND_NAMES, about_id=latest(text).pk).update(state=WorkState.FINISHED)
        elif text.state == TranscriptState.VERIFIED:
            version = latest_pseudonymised(text)
            if version is None:
                make_pseudonymised(transcript=text, by=self.researcher)
            else:
                sign_off(version=version, by=self.reviewer)

    def _passage(self, which: int) -> Segment | None:
        rows = list(Segment.objects.filter(conversation__enquiry=self.place.enquiry).order_by("pk"))
        return rows[which % len(rows)] if rows else None

    @rule(which=st.integers(0, 11))
    def tag(self, which: int) -> None:
        if passage := self._passage(which):
            self._do(lambda: sense.tag(segment=passage, code=self.code, by=self.researcher))

    @rule(which=st.integers(0, 11))
    def keep_memo(self, which: int) -> None:
        if passage := self._passage(which):
            self._do(
                lambda: sense.keep_memo(
                    conversation=passage.conversation,
                    segment=passage,
                    text=f"Again: “{passage.text}”",
                    by=self.researcher,
                )
            )

    @rule(which=st.integers(0, 11))
    def put_forward(self, which: int) -> None:
        if passage := self._passage(which):
            self._do(lambda: sense.select_quote(segment=passage, by=self.researcher))

    def _quote(self, which: int) -> Quote | None:
        rows = list(Quote.objects.filter(enquiry=self.place.enquiry).order_by("pk"))
        return rows[which % len(rows)] if rows else None

    @rule(which=st.integers(0, 7), answer=st.sampled_from(["approved", "approved", "changed", "refused"]))
    def bring_quote_on(self, which: int, answer: str) -> None:
        if quote := self._quote(which):
            self._do(lambda: self._bring_quote_on(quote, answer))

    def _bring_quote_on(self, quote: Quote, answer: str) -> None:
        if quote.state == QuoteState.SELECTED:
            sense.mark_heard(quote=quote, by=self.reviewer)
        elif quote.state == QuoteState.HEARD:
            sense.mark_pseudonymised(quote=quote, by=self.reviewer)
        elif quote.state == QuoteState.PSEUDONYMISED:
            sense.offer(quote=quote, by=self.researcher)
        else:
            shown = quote.text.replace("desk", "door") if answer == "changed" else ""
            sense.record_answer(quote=quote, answer=answer, by=None, shown=shown)

    @rule(which=st.integers(0, 7))
    def put_to_theme(self, which: int) -> None:
        if quote := self._quote(which):
            self._do(lambda: sense.put_quote_to_theme(theme=self.theme, quote=quote, by=self.researcher))

    @rule(which=st.integers(0, 7), is_live=st.booleans())
    def write_page(self, which: int, is_live: bool) -> None:
        """A new version of the Wisdom with this quote in front; signed and put live, or left a draft."""

        def act() -> None:
            page = WisdomPage.objects.get(pk=self.wisdom.pk)
            page.opening_quote = quote.pk
            page.heard = [("prose", "<p>Most people said so.</p>"), ("quote", {"quote": quote.pk})]
            page.save_revision(user=self.place.editor)
            if is_live:
                self.place.go_live(self.report)
                self.place.go_live(page)

        if quote := self._quote(which):
            self._do(act)

    @rule()
    def take_down(self) -> None:
        self._do(lambda: WisdomPage.objects.get(pk=self.wisdom.pk).unpublish(user=self.place.editor))

    @rule()
    def put_up_again(self) -> None:
        self._do(
            lambda: publishing.publish(page=WisdomPage.objects.get(pk=self.wisdom.pk), by=self.place.editor)
        )

    @rule()
    def hand_over(self) -> None:
        """The texts of everybody who lets a partner have them, as a file."""

        def act() -> None:
            asked = {"recipient": "A university", "reach": "someone@example.org", "purpose": "A thesis"}
            answer = self.clients[self.researcher].post(
                reverse("transcripts:exports", args=[self.place.enquiry.pk]), asked
            )
            if answer.streaming:
                with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
                    for name in file.namelist():
                        self._hold(f"{name} of an export", file.read(name), Scope.PARTNER_SHARE)

        self._do(act)

    # --- Looking --------------------------------------------------------------------------------------

    def _do(self, act: Callable[[], Any], *, look: bool = True) -> None:
        """One step. It may be refused; then it has changed nothing."""
        name = act.__qualname__.split(".")[1]
        try:
            with transaction.atomic():
                act()
            tried[name] += 1
        except REFUSALS:
            tried[f"{name}, refused"] += 1
        if look:
            self.look()

    def look(self, *, at_all_of: Contributor | None = None) -> None:
        """Ask for pages, and hold what they answer against what people say now.

        One of them at each step; all that may show somebody, when they have just taken something back.
        """
        pages = self._pages(at_all_of)
        if at_all_of is None:
            self.turn += 1
            pages = [pages[self.turn * 7 % len(pages)]]
        for client, address, scope in pages:
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert answer.status_code < 500, address
            tried["pages read"] += 1
            self._hold(address, body, scope)

    def _hold(self, where: str, body: bytes, scope: Scope) -> None:
        """Hold what one answer says against what each of those who said it allows now."""
        for voice, wave in {(int(v), int(w)) for v, w in MARK.findall(body.decode(errors="replace"))}:
            tried["words found where they may be"] += 1
            assert self._allows(voice, wave, scope), (
                f"{where} holds words of voice {voice}, round {wave}, without “{scope}”"
            )

    def _pages(self, of: Contributor | None) -> list[tuple[Client, str, Scope]]:
        """Every page that could hold words: who asks, where, and what each voice in it must allow.

        Args:
            of: leave out pages of conversations in which this voice did not speak.
        """
        staff, editor = self.clients[self.researcher], self.clients[self.place.editor]
        enquiry = self.place.enquiry.pk
        pages: list[tuple[Client, str, Scope]] = [
            (self.stranger, "/", Scope.QUOTE_WORDS),
            (self.stranger, self.report.get_url() or "/", Scope.QUOTE_WORDS),
            (self.stranger, self.wisdom.get_url() or "/", Scope.QUOTE_WORDS),
            (editor, f"/cms/pages/{self.wisdom.pk}/edit/", Scope.QUOTE_WORDS),
            (editor, f"/cms/pages/{self.wisdom.pk}/history/", Scope.QUOTE_WORDS),
            (editor, f"/cms/pages/{self.wisdom.pk}/view_draft/", Scope.QUOTE_WORDS),
            (editor, f"/cms/gate/{self.wisdom.pk}/", Scope.QUOTE_WORDS),
            (staff, reverse("themes:quotes", args=[enquiry]), Scope.QUOTE_WORDS),
            (staff, reverse("themes:themes", args=[enquiry]), Scope.QUOTE_WORDS),
            (staff, reverse("themes:theme", args=[self.theme.pk]), Scope.QUOTE_WORDS),
            (staff, reverse("themes:code", args=[self.code.pk]), Scope.ANALYSE),
            (staff, reverse("themes:patterns", args=[enquiry]), Scope.ANALYSE),
            (staff, f"{reverse('workspace:search')}?q=desk", Scope.ANALYSE),
            (staff, reverse("workspace:home"), Scope.TAKE_PART),
            (staff, reverse("workspace:enquiry", args=[enquiry]), Scope.TAKE_PART),
        ]
        conversations = Conversation.objects.filter(enquiry=enquiry)
        if of is not None:
            conversations = conversations.filter(contributors=of)
        for pk in conversations.values_list("pk", flat=True):
            for name, scope in (
                ("themes:reading", Scope.ANALYSE),
                ("workspace:conversation", Scope.TAKE_PART),
                ("transcripts:checking", Scope.TAKE_PART),
                ("transcripts:names", Scope.TAKE_PART),
                ("transcripts:text", Scope.TAKE_PART),
            ):
                pages.append((staff, reverse(name, args=[pk]), scope))
        return pages


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_no_answer_ever_holds_words_that_are_not_allowed_at_that_moment(part: int) -> None:
    tried.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        seed(part)(AnyOrder),
        settings=settings(
            max_examples=STEPS // PARTS // STEPS_AT_A_TIME,
            stateful_step_count=STEPS_AT_A_TIME,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(dict(tried.most_common()))
    # A machine that is refused everything would find nothing.
    assert tried["words found where they may be"] > STEPS // PARTS // 5
    assert tried["_take_back"] > STEPS // PARTS // 100
    assert tried["no"] > STEPS // PARTS // 100
