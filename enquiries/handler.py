"""What this app itself removes when somebody takes a scope back. Its steps run last.

What stays at `take_part` is the voice without anything of a person: its random handle, the ledger lines and
the withdrawal itself. They are what the tombstone stands for, so that it can be shown what was allowed when.
"""

from collections.abc import Mapping

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from enquiries import keyring, wishes
from enquiries.models import (
    Contributor,
    Conversation,
    LegalHold,
    Link,
    Participation,
    Person,
    ReviewChoice,
    Scope,
)

# The key of a session under which messages that wait to be shown stand.
_MESSAGES = "_messages"


def forget_sessions(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """Messages that wait to be shown may name a voice or hold its ids.

    They are no use once what they speak of has gone, so they go for everybody who is signed in: nobody has
    to say whose words stand in them. Sign-ins themselves stay.
    """
    if not scopes & {Scope.QUOTE_WORDS, Scope.NAMED_CREDIT, Scope.TAKE_PART}:
        return {}
    changed = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        said = session.get_decoded()
        kept = {key: value for key, value in said.items() if key != _MESSAGES}
        if len(kept) != len(said):
            data = Session.objects.encode(kept)
            # Only as it was read: somebody may be using it at this moment.
            changed += Session.objects.filter(
                session_key=session.session_key, session_data=session.session_data
            ).update(session_data=data)
    return {"sessions": changed}


def forget_identity(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: the link-table row, and who stood behind it where nothing else needs them.

    A legal hold on the voice goes too: it paused clocks, and no clock has anything of this voice any more.
    """
    if Scope.TAKE_PART not in scopes:
        return {}
    holds = LegalHold.objects.filter(contributor=contributor).delete()[0]
    return {**forget_link(contributor), "holds": holds}


def forget_link(contributor: Contributor) -> dict[str, int]:
    """Remove who stands behind a voice, and the person's contact details where nothing else needs them."""
    links = Link.objects.filter(contributor=contributor)
    people = [link.person for link in links.select_related("person") if link.person]
    counts = {"links": links.delete()[0], "people": 0}
    for person in people:
        is_needed = Link.objects.filter(person=person).exists() or _is_coached(person.pk)
        if not is_needed:
            counts["people"] += person.delete()[0]
    return counts


def _is_coached(person_id: int) -> bool:
    """Whether some other row still leads to this person, such as a coaching relationship.

    Coaching never depends on any scope, so somebody who is coached stays known to their coach. This app
    knows no other by name: it asks Django which rows point here.
    """
    relations = [r for r in Person._meta.related_objects if r.related_model._meta.app_label != "enquiries"]
    return any(
        r.related_model._default_manager.filter(**{r.field.name: person_id}).exists() for r in relations
    )


def leave_conversations(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: that they spoke, where and when. What nobody is left in goes, or is emptied."""
    if Scope.TAKE_PART not in scopes:
        return {}
    counts = {"participations": 0, "conversations": 0, "emptied": 0}
    for conversation in Conversation.objects.select_for_update().filter(contributors=contributor):
        here = Participation.objects.filter(conversation=conversation)
        counts["participations"] += here.filter(contributor=contributor).delete()[0]
        if here.exists():
            # Who came along may have come with them.
            Conversation.objects.filter(pk=conversation.pk).update(others_present="")
            continue
        try:
            with transaction.atomic():
                conversation.delete()
            counts["conversations"] += 1
        except ProtectedError:
            # A row of some other act still leans on it; what it says of somebody goes all the same.
            _empty(conversation)
            counts["emptied"] += 1
    return counts


def _empty(conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(
        others_present="",
        place_kind="",
        length_minutes=None,
        language="en",
        listener=None,
        limits_told=False,
        held_on=conversation.wave.opened_on,
    )


def empty_voice(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: the chosen name, who helped, and how they wanted to be asked.

    The name in its place is made of the handle: it names nobody, and no two in an enquiry are the same.
    """
    if Scope.TAKE_PART not in scopes:
        return {}
    emptied = Contributor.objects.filter(pk=contributor.pk).update(
        pseudonym=emptied_name(contributor), helper="", review_choice=ReviewChoice.NONE
    )
    return {"voices": emptied}


empty_voice.holds_voice = True  # type: ignore[attr-defined]


def emptied_name(contributor: Contributor) -> str:
    """What an emptied voice is called from then on."""
    return f"[{contributor.handle.hex[:12]}]"


def forget_wishes(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: what they had closed one by one, as kept outside. The tombstone closes all of it."""
    if Scope.TAKE_PART not in scopes:
        return {}
    return {"wishes": wishes.forget(contributor.handle)}


def end_keys(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`, last of all: the person's own key. Whatever it still wraps can never be heard again.

    Recordings of groups were written anew for the others before, in the steps of the app that holds them.
    """
    if Scope.TAKE_PART not in scopes or not keyring.is_there():
        return {}
    is_here = keyring.has_holder(contributor.handle)
    # Also where it is not here: a kill, or a full disk, may have left it renamed and not yet overwritten, and
    # ending it again ends that too.
    keyring.destroy_holder(contributor.handle)
    return {"keys": int(is_here)}


STEPS = {
    "sessions": forget_sessions,
    "wishes": forget_wishes,
    "identity": forget_identity,
    "conversations": leave_conversations,
    "voice": empty_voice,
    "keys": end_keys,
}
