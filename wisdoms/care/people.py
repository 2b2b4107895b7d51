"""Who stands behind which chosen name, and taking words back for somebody who asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import partners_where
from coaching.fields import CalmForm
from enquiries import consent
from enquiries.models import ConsentMethod, ConsentState, Contributor, Link, Scope
from portal.models import PersonalLink
from portal.yours import tokens

PER_PAGE = 50
LEAST_LETTERS = 2
EVERYTHING = "everything"
TOLD_BY = [
    (way.value, way.label) for way in (ConsentMethod.TOLD, ConsentMethod.WRITTEN, ConsentMethod.ONLINE)
]


class NameSearch(CalmForm):
    """A chosen name, or the name of the person behind it."""

    q = forms.CharField(
        label=_("A name, or the code from a card"),
        help_text=_(
            "The chosen name, the real one, or the twelve signs on their card: whatever they tell you."
        ),
        required=False,
        max_length=120,
    )


class TakeBackForm(CalmForm):
    """What somebody takes back, in which way they said so, and a second press to be sure."""

    what = forms.ChoiceField(label=_("What they take back"), widget=forms.RadioSelect)
    method = forms.ChoiceField(label=_("How they said so"), choices=TOLD_BY)
    is_sure = forms.BooleanField(
        label=_("I read it back to them, and they said yes. Words that go cannot be brought back.")
    )

    def __init__(self, *args: Any, granted: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            *((scope, Scope(scope).label) for scope in granted if scope != Scope.TAKE_PART),
            (EVERYTHING, _("Everything, taking part as well")),
        ]

    @property
    def scopes(self) -> list[str]:
        """What falls first; what rests on it falls with it. Being asked again rests on nothing."""
        if self.cleaned_data["what"] == EVERYTHING:
            return [Scope.TAKE_PART, Scope.CONTACT_AGAIN]
        return [self.cleaned_data["what"]]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of voices by their chosen names; nobody's identity is in it."""

    voices: list[Contributor]
    has_more: bool
    partner_ids: list[int]


def find_voices(user: User, text: str) -> Found:
    """Voices of the guardian's partners: all of them, or those whose chosen or real name holds `text`.

    A real name is only looked for, never shown in the list. One letter finds nothing by real name.
    """
    partner_ids = partners_where(user, "link_table.see")
    rows = Contributor.objects.filter(partner_id__in=partner_ids).select_related("enquiry")
    text = text.replace("\x00", "").strip()
    if text:
        wanted = Q(pseudonym__icontains=text)
        code = tokens.typed_code(text)
        if code:
            # Read out from a card over the phone, by somebody who has no internet.
            cards = PersonalLink.objects.filter(
                partner_id__in=partner_ids, digest__in=tokens.digests_of(code)
            )
            wanted |= Q(pk__in=cards.values("contributor_id"))
        if len(text) >= LEAST_LETTERS:
            named = Link.objects.filter(partner_id__in=partner_ids).filter(
                Q(person__called__icontains=text)
                | Q(person__full_name__icontains=text)
                | Q(user__name__icontains=text)
            )
            wanted |= Q(pk__in=named.values("contributor_id"))
        rows = rows.filter(wanted)
    listed = list(rows.order_by("enquiry_id", "pseudonym", "pk")[: PER_PAGE + 1])
    return Found(listed[:PER_PAGE], len(listed) > PER_PAGE, partner_ids)


def granted_ever(contributor: Contributor) -> list[str]:
    """Scopes that stand granted in any round, in the order in which they are asked."""
    waves = list(contributor.enquiry.waves.all())
    states = [consent.states(contributor, wave=wave) for wave in waves]
    return [scope for scope in Scope.values if any(each[scope] == ConsentState.GRANTED for each in states)]
