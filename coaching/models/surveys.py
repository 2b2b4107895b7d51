"""Scored surveys. Items are ids (`q01` …, `a01` …): no wording of any item is ever kept here."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from coaching.models.imports import ImportBatch
from enquiries.models import Person


class Instrument(models.TextChoices):
    WEMWBS = "wemwbs", _("WEMWBS")
    SWEMWBS = "swemwbs", _("SWEMWBS")


class RecordMode(models.TextChoices):
    ALONE = "alone", _("Filled in alone")
    WITH_HELP = "with_help", _("Filled in with help")
    READ_ALOUD = "read_aloud", _("Read aloud")


class InstrumentLicence(PartnerOwned):
    """A partner's leave to use the wellbeing scales. Without one that is current, their form stays shut."""

    holder = models.CharField(_("held by"), max_length=160)
    kind = models.CharField(_("kind of licence"), max_length=80)
    number = models.CharField(_("number"), max_length=80)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until, included"), null=True, blank=True)

    privacy = {
        "holder": "open",
        "kind": "open",
        "number": "open",
        "valid_from": "open",
        "valid_until": "open",
    }

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="licence_dates_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"Licence {self.number}"


class WellbeingResponse(PartnerOwned):
    """One completion of WEMWBS or SWEMWBS. Incomplete ones are kept and counted, never scored.

    `raw` is the sum of the items; `metric` is the SWEMWBS metric score, derived from the seven items for
    either scale, and the only one of the two that is analysed.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="wellbeing_responses")
    instrument = models.CharField(max_length=8, choices=Instrument.choices)
    completed_on = models.DateField(_("day"))
    record_mode = models.CharField(_("how it was filled in"), max_length=12, choices=RecordMode.choices)
    answers = models.JSONField(default=dict)
    is_complete = models.BooleanField()
    raw = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    metric = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="wellbeing_responses"
    )
    # Empty where the person filled it in on their own page.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "person": "identifying",
        "instrument": "open",
        "completed_on": "pseudonymous",
        "record_mode": "pseudonymous",
        "answers": "pseudonymous",
        "is_complete": "pseudonymous",
        "raw": "pseudonymous",
        "metric": "pseudonymous",
        "batch": "open",
        "recorded_by": "pseudonymous",
        "recorded_at": "open",
    }

    class Meta:
        ordering = ["person", "completed_on"]
        constraints = [
            # The gap of fourteen days is held by a trigger (migration 0002): it compares rows.
            models.UniqueConstraint(fields=["person", "completed_on"], name="wellbeing_once_a_day"),
            models.CheckConstraint(
                condition=Q(instrument__in=Instrument.values), name="wellbeing_scale_known"
            ),
            models.CheckConstraint(
                condition=Q(record_mode__in=RecordMode.values), name="wellbeing_record_mode_known"
            ),
            models.CheckConstraint(
                condition=Q(is_complete=True, raw__isnull=False, metric__isnull=False)
                | Q(is_complete=False, raw=None, metric=None),
                name="wellbeing_scored_when_complete",
            ),
            models.CheckConstraint(
                condition=Q(raw=None)
                | Q(instrument="wemwbs", raw__gte=14, raw__lte=70)
                | Q(instrument="swemwbs", raw__gte=7, raw__lte=35),
                name="wellbeing_raw_in_range",
            ),
            models.CheckConstraint(
                condition=Q(metric=None) | Q(metric__gte=7, metric__lte=35), name="wellbeing_metric_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"Wellbeing {self.pk}"


class AssetDefinition(PartnerOwned):
    """One version of a partner's asset survey: `items` is `[{"id", "domain", "area"}]`, without wording."""

    slug = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(_("name"), max_length=160)
    items = models.JSONField(default=list)
    minimum = models.SmallIntegerField(_("lowest answer"), default=1)
    maximum = models.SmallIntegerField(_("highest answer"), default=5)
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "slug": "open",
        "version": "open",
        "name": "open",
        "items": "open",
        "minimum": "open",
        "maximum": "open",
        "made_at": "open",
    }

    class Meta:
        ordering = ["slug", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "slug", "version"], name="asset_definition_version_once"
            ),
            models.CheckConstraint(
                condition=Q(maximum__gt=F("minimum")), name="asset_definition_answers_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class AssetSurvey(PartnerOwned):
    """One completion. A domain is scored from 0 to 30, the total from 0 to 60; empty where too few items
    were answered."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="asset_surveys")
    definition = models.ForeignKey(AssetDefinition, on_delete=models.PROTECT, related_name="surveys")
    completed_on = models.DateField(_("day"))
    answers = models.JSONField(default=dict)
    internal = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    external = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    total = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="asset_surveys"
    )
    # Empty where the person filled it in on their own page.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "person": "identifying",
        "definition": "open",
        "completed_on": "pseudonymous",
        "answers": "pseudonymous",
        "internal": "pseudonymous",
        "external": "pseudonymous",
        "total": "pseudonymous",
        "batch": "open",
        "recorded_by": "pseudonymous",
        "recorded_at": "open",
    }

    class Meta:
        ordering = ["person", "completed_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "definition", "completed_on"], name="asset_survey_once_a_day"
            ),
            models.CheckConstraint(
                condition=(Q(internal=None) | Q(internal__gte=0, internal__lte=30))
                & (Q(external=None) | Q(external__gte=0, external__lte=30)),
                name="asset_survey_domains_in_range",
            ),
            models.CheckConstraint(
                condition=Q(total=None)
                | Q(internal__isnull=False, external__isnull=False, total__gte=0, total__lte=60),
                name="asset_survey_total_needs_both_domains",
            ),
        ]

    def __str__(self) -> str:
        return f"Asset survey {self.pk}"
