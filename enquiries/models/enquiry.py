from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner, PartnerOwned


class Purpose(models.TextChoices):
    BEFORE_START = "before_start", _("Before something starts")
    LEARNING = "learning", _("Learning as we go")
    FOLLOW_UP = "follow_up", _("Going back to ask again")


class AnalysisMode(models.TextChoices):
    REFLEXIVE = "reflexive", _("Reflexive: memos kept, no agreement figure")
    CODEBOOK = "codebook", _("Codebook: two readers, agreement reported")


class LinkKept(models.TextChoices):
    """How long it is kept who stands behind which chosen name."""

    CUT_OFF = "cut_off", _("until the last day to take words back")
    SECOND_WAVE = "second_wave", _("until the second round of listening is over")


class Enquiry(PartnerOwned):
    """One Wisdoms enquiry: one open question, one place, one form, one cut-off. `partner` leads it."""

    title = models.CharField(_("short title"), max_length=160)
    question = models.CharField(_("the one open question"), max_length=300)
    place = models.CharField(_("place"), max_length=160)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, default=Purpose.LEARNING)
    why = models.TextField(_("why we ask"), blank=True)
    who_listens = models.TextField(_("who listens"), blank=True)
    with_partners = models.ManyToManyField(
        Partner, through="EnquiryPartner", through_fields=("enquiry", "other"), blank=True, related_name="+"
    )
    lawful_basis = models.CharField(_("lawful basis"), max_length=160, blank=True)
    special_category_condition = models.CharField(
        _("condition for special category data"), max_length=160, blank=True
    )
    impact_assessment_ref = models.CharField(_("impact assessment reference"), max_length=80, blank=True)
    cut_off_on = models.DateField(_("last day to take words back from the report"))
    retention = models.TextField(_("how long we keep what"), blank=True)
    keep_sound_months = models.PositiveSmallIntegerField(
        _("months the sound is kept after its text is verified"), default=3
    )
    keep_unedited_months = models.PositiveSmallIntegerField(
        _("months the text with names is kept after it is verified"), default=24
    )
    keep_link = models.CharField(
        _("how long we keep who stands behind a chosen name"),
        max_length=12,
        choices=LinkKept.choices,
        default=LinkKept.CUT_OFF,
    )
    analysis_mode = models.CharField(
        _("how we read"), max_length=12, choices=AnalysisMode.choices, default=AnalysisMode.REFLEXIVE
    )
    how_invited = models.TextField(_("how people were invited"), blank=True)
    said_no = models.PositiveIntegerField(_("how many said no"), default=0)
    adults_only = models.BooleanField(_("18 and over only"), default=True)
    framed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    framed_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "title": "open",
        "question": "open",
        "place": "open",
        "purpose": "open",
        "why": "open",
        "who_listens": "open",
        "with_partners": "open",
        "lawful_basis": "open",
        "special_category_condition": "open",
        "impact_assessment_ref": "open",
        "cut_off_on": "open",
        "retention": "open",
        "keep_sound_months": "open",
        "keep_unedited_months": "open",
        "keep_link": "open",
        "analysis_mode": "open",
        "how_invited": "open",
        "said_no": "open",
        "adults_only": "open",
        "framed_by": "pseudonymous",
        "framed_at": "open",
        "closed_at": "open",
    }

    class Meta:
        verbose_name_plural = "enquiries"
        ordering = ["-framed_at"]

    def __str__(self) -> str:
        return self.title


class EnquiryPartner(PartnerOwned):
    """Another partner that goes along with an enquiry. `partner` is the one that leads it."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")

    privacy = {"enquiry": "open", "other": "open"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enquiry", "other"], name="enquiry_partner_once"),
        ]

    def __str__(self) -> str:
        return f"Partner {self.other_id} in enquiry {self.enquiry_id}"


class Wave(PartnerOwned):
    """One round of listening. Each wave is asked for consent anew."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="waves")
    number = models.PositiveSmallIntegerField()
    opened_on = models.DateField()
    due_from = models.DateField(null=True, blank=True, help_text=_("First day this wave may be listened to."))
    due_until = models.DateField(null=True, blank=True, help_text=_("Last day, included."))

    privacy = {
        "enquiry": "open",
        "number": "open",
        "opened_on": "open",
        "due_from": "open",
        "due_until": "open",
    }

    class Meta:
        ordering = ["enquiry", "number"]
        constraints = [
            models.UniqueConstraint(fields=["enquiry", "number"], name="wave_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="wave_number_from_one"),
            models.CheckConstraint(
                condition=Q(due_from=None) | Q(due_until__gte=F("due_from")), name="wave_due_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"Wave {self.number}"
