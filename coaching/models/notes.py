"""What coaches write: reflections, which are theirs, and short notes of what got in the way."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Conversation


class NoteTemplate(models.TextChoices):
    FREE = "free", _("In your own way")
    THREE = "three_steps", _("Three steps")
    FOUR = "four_steps", _("Four steps")
    SIX = "six_steps", _("Six steps")


class NoteVisibility(models.TextChoices):
    PRIVATE = "private", _("Only you can read this")
    SHARED = "shared_with_group", _("You and the other coaches here can read this")
    CONTRIBUTED = "contributed", _("You gave this to an enquiry")


class ReflectiveNote(PartnerOwned):
    """One reflection. Private until its author says otherwise; managers are shut out, no figure counts it.

    `parts` maps the template's steps to what was written, in order. A contributed note has been copied
    into `conversation`, where it is checked, has its names taken out and is read like any other text.
    """

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reflective_notes"
    )
    template = models.CharField(max_length=12, choices=NoteTemplate.choices, default=NoteTemplate.FREE)
    parts = models.JSONField(default=dict)
    visibility = models.CharField(
        max_length=20, choices=NoteVisibility.choices, default=NoteVisibility.PRIVATE
    )
    written_on = models.DateField(_("day"), default=timezone.localdate)
    conversation = models.OneToOneField(
        Conversation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contributed_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    privacy = {
        "author": "pseudonymous",
        "template": "open",
        "parts": "identifying",
        "visibility": "pseudonymous",
        "written_on": "pseudonymous",
        "conversation": "pseudonymous",
        "contributed_at": "pseudonymous",
        "made_at": "open",
        "changed_at": "open",
    }

    class Meta:
        ordering = ["-written_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(visibility__in=NoteVisibility.values), name="note_visibility_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    visibility="contributed", conversation__isnull=False, contributed_at__isnull=False
                )
                | (~Q(visibility="contributed") & Q(conversation=None, contributed_at=None)),
                name="note_contributed_has_a_conversation",
            ),
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"


class BarrierSighting(PartnerOwned):
    """Something got in the way: a rule, a form, a closed door, in one line and without names."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="barrier_sightings"
    )
    text = models.CharField(_("what got in the way"), max_length=300)
    seen_on = models.DateField(_("day"), default=timezone.localdate)
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "author": "pseudonymous",
        "text": "pseudonymous",
        "seen_on": "pseudonymous",
        "made_at": "open",
    }

    class Meta:
        ordering = ["-seen_on", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="sighting_not_empty")]

    def __str__(self) -> str:
        return f"Sighting {self.pk}"
