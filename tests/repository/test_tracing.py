"""Whatever leads to somebody is traced: a table that nobody traces would be forgotten when it matters."""

from django.db import models

from accounts.privacy import our_models
from enquiries.models import Contributor, Conversation, Person
from enquiries.tracing import traced_models

# Models whose rows lead to somebody and hold nothing of theirs, each with its reason.
WITHOUT = {
    "coaching.JointDisplay": "Says nothing of one voice; its quotes are rows of their own.",
    "transcripts.Export": "Says what went to whom; whose texts were in it are rows of their own.",
    "transcripts.ExportRecall": "Says which copy to call back, never for whose sake.",
    "portal.Question": "Traced as a place: once its words have gone, the row only says that somebody asked.",
}


def _leads_to_somebody(model: type[models.Model]) -> bool:
    """Whether a chain of foreign keys goes from the model to a voice, a person or a conversation."""
    seen: set[type[models.Model]] = set()
    waiting = [model]
    while waiting:
        here = waiting.pop()
        if here in (Contributor, Conversation, Person):
            return True
        if here in seen:
            continue
        seen.add(here)
        waiting += [
            field.remote_field.model
            for field in (*here._meta.concrete_fields, *here._meta.many_to_many)
            if field.remote_field is not None and isinstance(field.remote_field.model, type)
        ]
    return False


def test_every_model_that_leads_to_somebody_is_traced():
    leading = {model for model in our_models() if _leads_to_somebody(model)}
    untraced = {model._meta.label for model in leading - traced_models()}

    assert untraced == set(WITHOUT), "Say by which path its rows lead to a voice, in the app's tracing.py."


def test_every_path_leads_there(db):
    from enquiries.tracing import trace

    assert trace(person_id=1).held == ()
