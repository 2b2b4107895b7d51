import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models.enquiry import Enquiry, Wave


class Voice(models.TextChoices):
    PERSON = "person", _("A person we listened to")
    COACH = "coach", _("A coach")
    VOLUNTEER = "volunteer", _("A volunteer")
    PRACTITIONER = "practitioner", _("A practitioner")
    LEADER = "leader", _("A leader")
    FUNDER = "funder", _("A funder")


class ReviewChoice(models.TextChoices):
    NONE = "none", _("Does not want to see quotes first")
    QUOTES = "quotes", _("Wants to see quotes first")
    TRANSCRIPT = "transcript", _("Wants to see the whole text first")


class Contributor(PartnerOwned):
    """A voice in one enquiry. Carries the pseudonym, the same in every wave, and the consent ledger."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="contributors")
    # Names this voice's key and, after everything was taken back, its tombstone: both lie outside the
    # database, where a row's number would mean another voice once a backup was put back.
    handle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pseudonym = models.CharField(_("chosen name"), max_length=60)
    voice = models.CharField(_("who is speaking"), max_length=16, choices=Voice.choices, default=Voice.PERSON)
    review_choice = models.CharField(
        _("seeing words before they are used"),
        max_length=12,
        choices=ReviewChoice.choices,
        default=ReviewChoice.QUOTES,
    )
    helper = models.CharField(_("helper or interpreter"), max_length=160, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "enquiry": "open",
        "handle": "pseudonymous",
        "pseudonym": "pseudonymous",
        "voice": "pseudonymous",
        "review_choice": "pseudonymous",
        "helper": "identifying",
        "added_at": "open",
    }

    class Meta:
        ordering = ["pseudonym"]
        constraints = [
            models.UniqueConstraint(fields=["enquiry", "pseudonym"], name="pseudonym_once_per_enquiry")
        ]

    def __str__(self) -> str:
        return self.pseudonym


class ConversationKind(models.TextChoices):
    INDIVIDUAL = "individual", _("One person")
    GROUP = "group", _("A group")
    WRITTEN = "written", _("Written")
    MESSAGE = "message", _("Messages")
    GATHERING = "gathering", _("A gathering")
    REFLECTION = "reflection", _("A reflection")


class PlaceKind(models.TextChoices):
    COMMUNITY = "community", _("Community place")
    CAFE = "cafe", _("Café")
    OUTDOORS = "outdoors", _("Outdoors")
    HOME = "home", _("Their home")
    PHONE = "phone", _("Phone")
    ONLINE = "online", _("Online")
    OFFICE = "office", _("Office")
    HOSTEL = "hostel", _("Hostel")


class Conversation(PartnerOwned):
    """One act of listening. Sound is only one of its kinds."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="conversations")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="conversations")
    number = models.PositiveIntegerField()
    kind = models.CharField(_("kind"), max_length=12, choices=ConversationKind.choices, default="individual")
    held_on = models.DateField(_("day"))
    place_kind = models.CharField(_("where"), max_length=12, choices=PlaceKind.choices, blank=True)
    others_present = models.CharField(_("who else was there"), max_length=200, blank=True)
    length_minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    listener = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    limits_told = models.BooleanField(_("told what cannot stay between us"), default=False)
    contributors = models.ManyToManyField(Contributor, through="Participation", related_name="conversations")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "enquiry": "open",
        "wave": "open",
        "number": "open",
        "kind": "pseudonymous",
        "held_on": "pseudonymous",
        "place_kind": "pseudonymous",
        "others_present": "identifying",
        "length_minutes": "pseudonymous",
        "language": "pseudonymous",
        "listener": "pseudonymous",
        "limits_told": "open",
        "contributors": "pseudonymous",
        "added_by": "pseudonymous",
        "added_at": "open",
    }

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["enquiry", "number"], name="conversation_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="conversation_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"Conversation {self.number}"


class Participation(PartnerOwned):
    """Who spoke in a conversation, and by which label their turns are marked."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="participations")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="participations")
    order = models.PositiveSmallIntegerField(
        default=1, help_text=_("1 for the key 1 when speakers are set, and so on.")
    )

    privacy = {"conversation": "open", "contributor": "pseudonymous", "order": "open"}

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "contributor"], name="participation_once"),
            models.UniqueConstraint(fields=["conversation", "order"], name="participation_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contributor} in {self.conversation}"
