"""Every action of the house, found by looking through the apps, and something to call each with.

An action is a public function that takes `by`, the acting user, by name; `actions.py` holds most of them.

A parameter is filled by the type it is written with, else by its name. An action that cannot be filled fails
the test: say in `BY_TYPE`, `BY_NAME` or `OF_ONE` what to give it. More than one thing to try is a list; they
are tried one after the other until one is taken.
"""

import datetime
import importlib
import inspect
import pkgutil
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Replace
from django.utils import timezone
from wagtail.models import Page

from accounts.models import Partner, Role
from accounts.privacy import OUR_APPS
from coaching.models import (
    AssetDefinition,
    BarrierSighting,
    CoachingRelationship,
    CoachingSession,
    ImportBatch,
    JointDisplay,
    PublishedFigure,
    ReflectiveNote,
)
from enquiries.models import (
    ConsentCapture,
    ConsentForm,
    Contributor,
    Conversation,
    Enquiry,
    LegalHold,
    Person,
    Scope,
    Wave,
    Withdrawal,
    Work,
)
from portal.actions import links
from portal.models import PersonalLink, Question
from publishing.models import GateCheck, ReportToMend
from tests.factories.transcripts import raw_version
from tests.gate.world import World
from tests.transcripts import sounds
from tests.walls.marks import mark
from themes.actions.codebook import NewCode
from themes.models import (
    Code,
    Codebook,
    Quote,
    Suggestion,
    TagDecision,
    Theme,
    TopicAssignment,
    TopicProposal,
)
from transcripts.actions.checking import Speaker
from transcripts.actions.importing import TypedTurn
from transcripts.models import ExportRecall, PseudonymisedVersion, Segment, Transcript
from transcripts.models.raw import RawVersion, Recording, Turn
from transcripts.versions import latest, turns_of

# Below them nobody's words lie: colleagues, organisations, and the record of ids.
WITHOUT_WORDS = ("accounts", "audit")
# So many ways to fill an action are tried at most.
MOST_TRIES = 48

Act = Callable[..., Any]


def actions() -> dict[str, Act]:
    """Every public function with a `by`, by its app's name, module and own name."""
    found: dict[str, Act] = {}
    for label in OUR_APPS:
        if label in WITHOUT_WORDS:
            continue
        home = apps.get_app_config(label).name
        for module in _modules(home):
            for name, each in vars(module).items():
                if inspect.isfunction(each) and each.__module__ == module.__name__ and _is_action(each):
                    found[f"{module.__name__}.{name}"] = each
    return found


def _is_action(function: Act) -> bool:
    by = inspect.signature(function).parameters.get("by")
    is_named = by is not None and by.kind is inspect.Parameter.KEYWORD_ONLY
    return is_named and not function.__name__.startswith("_")


def _modules(name: str) -> Iterator[types.ModuleType]:
    module = importlib.import_module(name)
    yield module
    for each in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if each.name not in ("migrations", "management"):
            yield from _modules(f"{name}.{each.name}")


# --- What to give -------------------------------------------------------------------------------------


def _kept(*kinds: str, of: type[models.Model]) -> Callable[[World], list[Any]]:
    """Rows of the first voice, as the walls' world keeps them."""
    return lambda world: [
        of._default_manager.get(pk=pk) for kind in kinds for pk in world.walls.a.objects[kind][:1]
    ]


def _conversations(world: World) -> list[Conversation]:
    keep = world.walls.a.objects
    return [
        Conversation.objects.get(pk=keep[kind][0])
        for kind in ("conversation", "draft_conversation", "verified_conversation", "empty_conversation")
    ]


def _transcripts(world: World) -> list[Transcript]:
    found = Transcript.objects.filter(conversation__in=_conversations(world))
    checked = [row for row in found if row.state == "draft"]
    return [*found, *checked]


def _pages(world: World) -> list[Page]:
    keep = world.walls.a.objects
    return [Page.objects.get(pk=pk) for pk in (keep["page"][-1], keep["live_page"][-1], keep["page"][0])]


BY_TYPE: dict[Any, Callable[[World], Iterable[Any]]] = {
    Partner: lambda world: [world.walls.a.partner],
    Enquiry: _kept("enquiry", of=Enquiry),
    Wave: _kept("wave", of=Wave),
    Contributor: lambda world: [world.voice("a")],
    Conversation: _conversations,
    ConsentCapture: lambda world: list(ConsentCapture.objects.filter(contributor=world.voice("a"))[:1]),
    ConsentForm: _kept("consent_draft", "consent_form", of=ConsentForm),
    Person: lambda world: list(Person.objects.filter(partner=world.walls.a.partner)[:1]),
    Work: _kept("work", of=Work),
    Recording: lambda world: list(Recording.objects.filter(pk__in=world.walls.a.objects["recording"])),
    Transcript: _transcripts,
    RawVersion: lambda world: list(
        RawVersion.objects.filter(transcript__in=_transcripts(world)).order_by("-pk")
    ),
    PseudonymisedVersion: lambda world: list(
        PseudonymisedVersion.objects.filter(transcript__in=_transcripts(world)).order_by("pk")
    ),
    Segment: _kept("segment", of=Segment),
    Codebook: _kept("codebook", of=Codebook),
    Code: _kept("code", of=Code),
    Suggestion: _kept("suggestion", of=Suggestion),
    TagDecision: _kept("tag", of=TagDecision),
    TopicProposal: _kept("proposal", of=TopicProposal),
    TopicAssignment: _kept("assignment", of=TopicAssignment),
    Theme: _kept("theme", of=Theme),
    Quote: lambda world: [
        *_kept("approved_quote", "quote", of=Quote)(world),
        *Quote.objects.filter(pk__in=world.walls.a.objects["further_quote"]),
    ],
    PublishedFigure: _kept("figure", of=PublishedFigure),
    JointDisplay: _kept("display", of=JointDisplay),
    ReflectiveNote: _kept("note", "shared_note", "given_note", of=ReflectiveNote),
    BarrierSighting: _kept("sighting", of=BarrierSighting),
    CoachingRelationship: _kept("relationship", of=CoachingRelationship),
    CoachingSession: _kept("session", of=CoachingSession),
    ImportBatch: _kept("batch", of=ImportBatch),
    AssetDefinition: _kept("definition", of=AssetDefinition),
    Page: _pages,
    GateCheck: lambda world: list(GateCheck.objects.order_by("-pk")[:1]),
    PersonalLink: _kept("personal_link", of=PersonalLink),
    Question: _kept("question", of=Question),
    links.MadeLink: lambda world: [
        links.make_link(
            contributor=world.voice("a"), by=world.walls.a.first[Role.RESEARCHER], word="blackbird"
        )
    ],
    ExportRecall: _kept("recall", of=ExportRecall),
    Withdrawal: _kept("withdrawal", of=Withdrawal),
    LegalHold: _kept("hold", of=LegalHold),
    ReportToMend: _kept("to_mend", of=ReportToMend),
    NewCode: lambda world: [
        NewCode(name="Sent away", kind="barrier", definition="Sent on to another office.")
    ],
    Speaker: lambda world: [Speaker(contributor_id=world.voice("a").pk)],
    uuid.UUID: lambda world: [uuid.uuid4()],
    bool: lambda world: [True],
    datetime.date: lambda world: [timezone.localdate(), timezone.localdate() + datetime.timedelta(days=400)],
    bytes: lambda world: [b"person_ref,called\nx,y\n"],
}
BY_NAME: dict[str, Callable[[World], Iterable[Any]]] = {
    "address": lambda world: ["somebody@example.org"],
    "words": lambda world: ["We will ring you."],
    "about_id": lambda world: [world.walls.a.objects["recording"][0]],
    "action": lambda world: ["parked", "accepted"],
    "answer": lambda world: ["approved", "refused"],
    "answers": lambda world: [{}],
    "attribution": lambda world: ["none", "chosen_name"],
    "base_number": lambda world: [1],
    "called": lambda world: ["Robin"],
    "codes": lambda world: [[_kept("code", of=Code)(world)[0]]],
    "contributors": lambda world: [[world.voice("a")]],
    "decision": lambda world: ["refused", "accepted"],
    "decisions": lambda world: [{Scope.TAKE_PART: "granted"}],
    "doubt": lambda world: [0],
    "end": lambda world: [9],
    "end_ms": lambda world: [100],
    "figure_ids": lambda world: [[world.walls.a.objects["figure"][0]]],
    "form_format": lambda world: ["easy_read"],
    "heard": lambda world: ["People are asked again."],
    "identity": lambda world: [{"called": "Robin"}],
    "ids": lambda world: [world.walls.a.objects["approved_quote"][:1]],
    "index": lambda world: [1, 0],
    "instrument": lambda world: ["swemwbs"],
    "kind": lambda world: ["relationships", "persons_choice"],
    "language": lambda world: ["en"],
    "metric": lambda world: ["people_reached"],
    "minutes": lambda world: [30],
    "number": lambda world: [1],
    "parts": lambda world: [{"note": "We walked."}],
    "partner_id": lambda world: [world.walls.a.partner.pk],
    "place": lambda world: ["Eastmere"],
    "place_kind": lambda world: ["community"],
    "pseudonym": lambda world: ["Finch"],
    "question": lambda world: ["What was it like?"],
    "quotes": lambda world: [_kept("approved_quote", of=Quote)(world)],
    "reading": lambda world: ["Both say the same."],
    "reason": lambda world: ["It does not fit."],
    "purpose": lambda world: ["A review of moves"],
    "reach": lambda world: ["reader@example.org"],
    "recipient": lambda world: ["Example Trust"],
    "record_mode": lambda world: ["alone"],
    "relation": lambda world: ["confirms"],
    "replacement": lambda world: ["[sister]"],
    "scope": lambda world: [Scope.CONTACT_AGAIN],
    "spans": lambda world: [[(0, 10)]],
    "start": lambda world: [0],
    "start_ms": lambda world: [0],
    "statement": lambda world: ["People are asked many times."],
    "task": lambda world: ["transcripts.tasks.listen_through"],
    "text": lambda world: ["They sent me away."],
    "title": lambda world: ["Starting again"],
    "to": lambda world: ["paused"],
    "topic": lambda world: ["Starting again"],
    "turns": lambda world: [[TypedTurn(world.voice("a"), "They sent me away.")]],
    "upload": lambda world: [[sounds.wav(sounds.tones((400, True)))]],
    "why": lambda world: ["checking"],
    "word": lambda world: ["fix"],
}
# `action.parameter` where the two tables above do not do.
OF_ONE: dict[str, Callable[[World], Iterable[Any]]] = {
    "themes.actions.quotes.select_quote.segment": lambda world: Segment.objects.filter(
        contributor=world.voice("a"), quotes=None
    )[:1],
    "transcripts.actions.checking.save_turns.turns": lambda world: [turns_of(latest(_draft(world)))],
    "enquiries.actions.withdraw.scope": lambda world: [Scope.CONTACT_AGAIN],
    "transcripts.actions.receiving.receive_recording.upload": lambda world: [
        [sounds.wav(sounds.tones((400, True)))]
    ],
}
# What has to be so beforehand, for an action that otherwise finds nothing to do.
BEFORE: dict[str, Callable[[World], Any]] = {
    "themes.actions.quotes.mark_pseudonymised": lambda world: Quote.objects.exclude(text="").update(
        shown=models.F("text")
    ),
    "transcripts.actions.checking.answer_doubt": lambda world: Turn.objects.update(
        flags=[{"kind": "repeat", "start_ms": 0, "end_ms": 1}]
    ),
    "transcripts.actions.checking.mark_checked": lambda world: _checked(world),
    "transcripts.actions.checking.restore_version": lambda world: raw_version(
        _draft(world), [(world.voice("a"), "They sent me away.")], by=world.walls.a.first[Role.RESEARCHER]
    ),
    "transcripts.actions.checking.set_remaining_speakers": lambda world: Turn.objects.update(
        contributor=None, is_listener=False
    ),
    "transcripts.actions.checking.verify": lambda world: _checked(world, state="checked"),
}


def _draft(world: World) -> Transcript:
    return Transcript.objects.get(conversation_id=world.walls.a.objects["draft_conversation"][0])


def _checked(world: World, **changes: str) -> None:
    by = world.walls.a.first[Role.RESEARCHER]
    Turn.objects.update(checked_by=by)
    if changes:
        draft = Transcript.objects.filter(pk=_draft(world).pk)
        draft.update(checked_by=by, checked_at=timezone.now(), **changes)
        # Found right by a person, it is no machine's draft any more.
        found_right = Replace("text", models.Value(mark("a", "bot")), models.Value(mark("a", "raw")))
        RawVersion.objects.filter(transcript__in=draft).update(text=found_right)


class CannotFill(Exception):
    """A required parameter that nobody said anything about."""


def ways_to_call(name: str, act: Act, world: World) -> Iterator[dict[str, Any]]:
    """Arguments for an action, one set after the other, `by` by one colleague after the other.

    Raises:
        CannotFill: for a parameter that no table knows.
    """
    hints = typing.get_type_hints(act)
    given: dict[str, list[Any]] = {}
    for parameter in inspect.signature(act).parameters.values():
        if parameter.name == "by":
            staff = world.walls.a.first
            order = (
                Role.RESEARCHER,
                Role.REVIEWER,
                Role.COACH,
                Role.EDITOR,
                Role.DATA_GUARDIAN,
                Role.PARTNER_LEAD,
            )
            given["by"] = [staff[role] for role in order]
        elif parameter.default is inspect.Parameter.empty and parameter.kind not in (
            inspect.Parameter.VAR_KEYWORD,
            inspect.Parameter.VAR_POSITIONAL,
        ):
            given[parameter.name] = list(_values(name, parameter.name, hints.get(parameter.name), world))
    for chosen in islice(product(*given.values()), MOST_TRIES):
        yield dict(zip(given, chosen, strict=True))


def _values(name: str, parameter: str, hint: Any, world: World) -> Iterable[Any]:
    own = OF_ONE.get(f"{name}.{parameter}")
    if own is not None:
        return own(world)
    is_either = typing.get_origin(hint) in (typing.Union, types.UnionType)
    for kind in typing.get_args(hint) if is_either else (hint,):
        if isinstance(kind, type) and kind in BY_TYPE:
            return BY_TYPE[kind](world)
    if parameter in BY_NAME:
        return BY_NAME[parameter](world)
    raise CannotFill(
        f"{name} takes “{parameter}”. Say in tests/gate/acts.py what to give it, so that its way past the "
        "gate can be tried."
    )
