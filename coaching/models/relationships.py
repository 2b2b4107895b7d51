"""Who walks alongside whom, when they met, and how it closed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from coaching.models.imports import ImportBatch
from enquiries.models import Person, PlaceKind


class RelationshipState(models.TextChoices):
    TRYING_OUT = "trying_out", _("Trying it out")
    ACTIVE = "active", _("Working together")
    PAUSED = "paused", _("Having a pause")
    ENDED = "ended", _("Has come to an end")


class CoachingRelationship(PartnerOwned):
    """One person and one coach. Voluntary, with no time limit; only the person ends it.

    Someone who comes back starts a new row. `housing_tied` describes the offer (a tenancy that depends on
    having a coach), never the person.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="coaching_relationships")
    coach = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coaching_relationships"
    )
    started_on = models.DateField(_("first day"))
    state = models.CharField(
        _("how it stands"),
        max_length=12,
        choices=RelationshipState.choices,
        default=RelationshipState.TRYING_OUT,
    )
    ended_on = models.DateField(_("last day"), null=True, blank=True)
    housing_tied = models.BooleanField(_("the offer was tied to housing"), null=True, blank=True)
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="relationships"
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "person": "identifying",
        "coach": "pseudonymous",
        "started_on": "pseudonymous",
        "state": "pseudonymous",
        "ended_on": "pseudonymous",
        "housing_tied": "pseudonymous",
        "batch": "open",
        "added_by": "pseudonymous",
        "added_at": "open",
    }

    class Meta:
        ordering = ["-started_on", "-pk"]
        indexes = [models.Index(fields=["coach", "state"], name="relationship_by_coach")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "coach", "started_on"], name="relationship_once_per_start"
            ),
            models.UniqueConstraint(
                fields=["person", "coach"],
                condition=~Q(state="ended"),
                name="relationship_one_open_with_a_coach",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RelationshipState.values), name="relationship_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_on__isnull=False) | (~Q(state="ended") & Q(ended_on=None)),
                name="relationship_ended_on_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="relationship_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"Relationship {self.pk}"


class EndingKind(models.TextChoices):
    PLANNED = "planned_together", _("Planned together")
    PERSONS_CHOICE = "persons_choice", _("The person’s choice")
    TOO_SOON = "too_soon", _("Too soon")
    UNMANAGED = "unmanaged", _("It just stopped")
    LOST_TOUCH = "lost_touch", _("Lost touch")
    COACH_LEFT = "coach_left", _("The coach left")
    RULE = "rule_or_contract", _("A rule or contract ended it")


class Ending(PartnerOwned):
    """How a relationship closed. The day is on the relationship; the two are written in one act."""

    relationship = models.OneToOneField(CoachingRelationship, on_delete=models.CASCADE, related_name="ending")
    kind = models.CharField(_("how it came to an end"), max_length=20, choices=EndingKind.choices)
    talk_held = models.BooleanField(_("we talked about the ending"), null=True, blank=True)
    door_left_open = models.BooleanField(_("the door was left open"), null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "relationship": "pseudonymous",
        "kind": "pseudonymous",
        "talk_held": "pseudonymous",
        "door_left_open": "pseudonymous",
        "recorded_by": "pseudonymous",
        "recorded_at": "open",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EndingKind.values), name="ending_kind_known")
        ]

    def __str__(self) -> str:
        return f"Ending {self.pk}"


class WhoChanged(models.TextChoices):
    PERSON = "person", _("They changed it")
    COACH = "coach", _("I changed it")
    OTHER = "other", _("Something else came up")


class CoachingSession(PartnerOwned):
    """One meeting, or one that was planned and did not happen. Holds when and where, never what was said."""

    relationship = models.ForeignKey(CoachingRelationship, on_delete=models.PROTECT, related_name="sessions")
    held_on = models.DateField(_("day"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    place_kind = models.CharField(_("where"), max_length=12, choices=PlaceKind.choices, blank=True)
    was_met = models.BooleanField(_("we met"), default=True)
    changed_by = models.CharField(_("who changed it"), max_length=8, choices=WhoChanged.choices, blank=True)
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "relationship": "pseudonymous",
        "held_on": "pseudonymous",
        "minutes": "pseudonymous",
        "place_kind": "pseudonymous",
        "was_met": "pseudonymous",
        "changed_by": "pseudonymous",
        "batch": "open",
        "recorded_by": "pseudonymous",
        "recorded_at": "open",
    }

    class Meta:
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(fields=["relationship", "held_on"], name="session_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(was_met=True, minutes__isnull=False, minutes__range=(1, 1440), changed_by="")
                & ~Q(place_kind="")
                | Q(was_met=False, minutes=None),
                name="session_met_says_where_and_how_long",
            ),
            models.CheckConstraint(
                condition=Q(place_kind__in=["", *PlaceKind.values]), name="session_place_known"
            ),
            models.CheckConstraint(
                condition=Q(changed_by__in=["", *WhoChanged.values]), name="session_changed_by_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting {self.pk}"
