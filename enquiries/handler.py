"""What this app itself removes when somebody takes a scope back. It runs last."""

from collections.abc import Mapping

from enquiries.models import Contributor, Conversation, Link, Person, Scope


def forget_identity(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: the link-table row, contact details when nothing else needs them, and who helped.

    The pseudonym and the ledger stay, so that what was allowed when can be shown; neither names anyone.
    """
    if Scope.TAKE_PART not in scopes:
        return {}
    links = Link.objects.filter(contributor=contributor)
    people = [link.person for link in links.select_related("person") if link.person]
    counts = {"links": links.delete()[0], "people": 0}
    for person in people:
        is_needed = Link.objects.filter(person=person).exists() or _is_coached(person.pk)
        if not is_needed:
            counts["people"] += person.delete()[0]
    Contributor.objects.filter(pk=contributor.pk).update(helper="")
    Conversation.objects.filter(contributors=contributor, kind="individual").update(others_present="")
    return counts


STEPS = {"identity": forget_identity}


def _is_coached(person_id: int) -> bool:
    """Whether some other row still leads to this person, such as a coaching relationship.

    Coaching never depends on any scope, so somebody who is coached stays known to their coach. This app
    knows no other by name: it asks Django which rows point here.
    """
    relations = [r for r in Person._meta.related_objects if r.related_model._meta.app_label != "enquiries"]
    return any(
        r.related_model._default_manager.filter(**{r.field.name: person_id}).exists() for r in relations
    )
