from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Enquiry


class CodeKind(models.TextChoices):
    BARRIER = "barrier", _("Got in the way")
    WHAT_HELPED = "what_helped", _("Helped")
    IDEA_FOR_CHANGE = "idea_for_change", _("Idea for change")
    EXPERIENCE = "experience", _("Experience")


class System(models.TextChoices):
    HOUSING = "housing", _("Housing")
    HOMELESSNESS = "homelessness", _("Homelessness")
    SOCIAL_CARE = "social_care", _("Social care")
    MENTAL_HEALTH = "mental_health", _("Mental health")
    HEALTH = "health", _("Health")
    BENEFITS = "benefits", _("Benefits")
    JUSTICE = "justice", _("Justice")
    WORK_AND_LEARNING = "work_and_learning", _("Work and learning")
    OWN_ORGANISATION = "own_organisation", _("Our own organisation")


class Level(models.TextChoices):
    PERSON = "person", _("Person to person")
    COACH = "coach", _("Coach")
    ORGANISATION = "organisation", _("Organisation")
    COMMISSIONING = "commissioning", _("Commissioning and funding")
    LOCAL_AUTHORITY = "local_authority", _("Local authority")
    NATIONAL = "national", _("National")


class Codebook(PartnerOwned):
    """The code list of one enquiry. Each change to it is a `CodebookVersion`."""

    enquiry = models.OneToOneField(Enquiry, on_delete=models.PROTECT, related_name="codebook")

    privacy = {"enquiry": "open"}

    def __str__(self) -> str:
        return f"Code list of {self.enquiry}"


class CodebookVersion(PartnerOwned):
    """The code list as it stood after one change: who changed what, and the whole list as it then was."""

    codebook = models.ForeignKey(Codebook, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    note = models.CharField(max_length=300)
    codes = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "codebook": "open",
        "number": "open",
        "note": "open",
        "codes": "open",
        "made_by": "pseudonymous",
        "made_at": "open",
    }

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["codebook", "number"], name="codebook_version_once")]

    def __str__(self) -> str:
        return f"Version {self.number}"


class Code(PartnerOwned):
    """A tag with a definition. Retired rather than deleted: old tags keep pointing at it."""

    codebook = models.ForeignKey(Codebook, on_delete=models.PROTECT, related_name="codes")
    slug = models.SlugField(max_length=60)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=CodeKind.choices)
    definition = models.TextField(_("what it means"))
    system = models.CharField(_("system"), max_length=20, choices=System.choices, blank=True)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices, blank=True)
    harm = models.CharField(_("harm it does"), max_length=200, blank=True)
    local_name = models.CharField(_("our own words for it"), max_length=80, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "codebook": "open",
        "slug": "open",
        "name": "open",
        "kind": "open",
        "definition": "open",
        "system": "open",
        "level": "open",
        "harm": "open",
        "local_name": "open",
        "retired_at": "open",
    }

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["codebook", "slug"], name="code_slug_once"),
            models.CheckConstraint(condition=Q(kind__in=CodeKind.values), name="code_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name
