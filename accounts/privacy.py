"""What each stored field may give away: `identifying`, `pseudonymous` or `open`.

Every model says so of every field in a class attribute `privacy`. Export, erasure and demo data read
it; a test fails for a field left unsaid.
"""

from collections.abc import Iterable

from django.apps import apps
from django.db import models

from audit.models import PRIVACY_CLASSES

OUR_APPS = ("audit", "accounts", "enquiries", "transcripts", "themes", "coaching", "publishing", "portal")


def our_models() -> Iterable[type[models.Model]]:
    """Every concrete model of our own apps; join tables made by Django itself are left out."""
    for label in OUR_APPS:
        yield from apps.get_app_config(label).get_models()


def undeclared_fields() -> list[str]:
    """`app.Model.field` for each stored field without a privacy class, or with one we do not know."""
    missing: list[str] = []
    for model in our_models():
        said: dict[str, str] = {}
        for base in reversed(model.__mro__):
            said.update(getattr(base, "__dict__", {}).get("privacy", {}))
        for field in (*model._meta.local_concrete_fields, *model._meta.local_many_to_many):
            if isinstance(field, models.OneToOneField) and field.remote_field.parent_link:
                continue
            if said.get(field.name) not in PRIVACY_CLASSES:
                missing.append(f"{model._meta.label}.{field.name}")
    return missing
