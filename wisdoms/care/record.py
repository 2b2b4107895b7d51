"""Acts of the record as the data guardian reads them: filtered, newest first, a page at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Membership, User
from audit.actions import LOOKS
from audit.models import Event
from coaching.fields import CalmForm, DayInput
from enquiries.models import Scope
from wisdoms.care import sentences

PER_PAGE = 50
COMPUTER, THEMSELVES = "computer", "themselves"
# What has no colleague behind it because somebody did it on their own page. All else was the computer's.
OWN_PREFIX = "personal_"
OWN_ACTS = frozenset(
    {
        "asset_survey.recorded",
        "consent.recorded",
        "consent.withdrawn",
        "contributor.preference_kept",
        "quote.approved",
        "quote.changed",
        "quote.offered",
        "quote.refused",
        "wellbeing.recorded",
        "words.shared_again",
        "words.struck_out",
    }
)


class RecordFilter(CalmForm):
    """What to show of the record. Nothing chosen means everything."""

    who = forms.ChoiceField(label=_lazy("Who"), required=False)
    act = forms.ChoiceField(label=_lazy("What they did"), required=False)
    about = forms.ChoiceField(label=_lazy("About what"), required=False)
    number = forms.IntegerField(
        label=_lazy("Its number"), required=False, min_value=1, max_value=2**62, localize=False
    )
    since = forms.DateField(label=_lazy("From"), required=False, widget=DayInput)
    until = forms.DateField(label=_lazy("Until"), required=False, widget=DayInput)
    looks = forms.BooleanField(label=_lazy("Only looks at people, sound and unedited words"), required=False)

    def __init__(self, *args: Any, partner_ids: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = (
            User.objects.filter(pk__in=Membership.objects.filter(partner_id__in=partner_ids).values("user"))
            .order_by("name", "pk")
            .values_list("pk", "name")
        )
        anyone = [("", _("Anyone"))]
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            *anyone,
            *((str(pk), name) for pk, name in colleagues),
            (THEMSELVES, _("Somebody on their own page")),
            (COMPUTER, _("The computer")),
        ]
        self.fields["act"].choices = [  # type: ignore[attr-defined]
            ("", _("Anything")),
            *sorted(((name, str(words)) for name, words in sentences.ACTS.items()), key=lambda each: each[1]),
        ]
        self.fields["about"].choices = [  # type: ignore[attr-defined]
            ("", _("Anything")),
            *sorted(((name, str(word)) for name, word in sentences.THINGS.items()), key=lambda each: each[1]),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first. Exchange them."))
        return data

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return any(self.cleaned_data.get(name) for name in self.fields)

    def chosen(self) -> Q:
        """The choice as a condition on events."""
        data = self.cleaned_data
        found = Q()
        own = Q(action__startswith=OWN_PREFIX) | Q(action__in=OWN_ACTS)
        if data.get("who") == THEMSELVES:
            found &= Q(actor_id=None) & own
        elif data.get("who") == COMPUTER:
            found &= Q(actor_id=None) & ~own
        elif data.get("who"):
            found &= Q(actor_id=int(data["who"]))
        if data.get("act"):
            found &= Q(action=data["act"])
        if data.get("looks"):
            found &= Q(action__in=LOOKS)
        if data.get("about"):
            found &= Q(object_type=data["about"])
        if data.get("number"):
            found &= Q(object_id=str(data["number"]))
        if data.get("since"):
            found &= Q(at__gte=_begin(data["since"]))
        if data.get("until"):
            found &= Q(at__lt=_begin(data["until"] + timedelta(days=1)))
        return found


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class Line:
    """One act in plain words."""

    pk: int
    at: datetime
    who: str
    act: str
    about: str
    why: str
    count: int | None
    is_look: bool


def _refused(event: Event) -> str:
    """What somebody had not agreed to, where that is what stopped the act."""
    scope = event.detail.get("scope")
    is_refusal = event.action == "consent.refused" and scope in Scope.values
    return str(Scope(scope).label) if is_refusal else ""


def _asked_for(event: Event) -> str:
    """Which page refused somebody something, and the numbers in its address."""
    if event.action != "object.refused":
        return ""
    numbers = " ".join(str(each) for each in event.detail.get("numbers", ()))
    return _("page “%(where)s” %(numbers)s") % {"where": event.detail.get("where"), "numbers": numbers}


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of acts, and the number to go on from, None at the end."""

    lines: list[Line]
    older: int | None


def read_record(partner_ids: list[int], chosen: Q, *, before: int | None = None) -> RecordPage:
    """Acts of these partners, newest first. At most three queries, however long the record is.

    Args:
        before: the last act of the page before; one that is not of these partners begins anew.
    """
    rows: QuerySet[Event] = Event.objects.filter(chosen, partner_id__in=partner_ids).order_by("-at", "-id")
    last = Event.objects.filter(partner_id__in=partner_ids, pk=before).first() if before else None
    if last is not None:
        rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, id__lt=last.pk), at__lte=last.at)
    events = list(rows[: PER_PAGE + 1])
    shown = events[:PER_PAGE]
    names = dict(
        User.objects.filter(pk__in={each.actor_id for each in shown if each.actor_id}).values_list(
            "pk", "name"
        )
    )
    lines = [_line(each, names) for each in shown]
    return RecordPage(lines, shown[-1].pk if len(events) > PER_PAGE else None)


def _is_own(event: Event) -> bool:
    """Whether somebody did this on their own page."""
    return event.actor_id is None and (event.action.startswith(OWN_PREFIX) or event.action in OWN_ACTS)


def _line(event: Event, names: dict[int, str]) -> Line:
    if _is_own(event):
        who = _("Somebody on their own page")
    elif event.actor_id is None:
        who = _("The computer")
    else:
        who = names.get(event.actor_id) or _("Somebody who has left (%(id)s)") % {"id": event.actor_id}
    count = event.detail.get("count") or event.detail.get("rows")
    return Line(
        pk=event.pk,
        at=event.at,
        who=who,
        act=sentences.act(event.action),
        about=sentences.thing(event.object_type, event.object_id) or _asked_for(event),
        why=sentences.why(event.detail.get("why")) or _refused(event),
        count=count if isinstance(count, int) else None,
        is_look=event.action in LOOKS,
    )
