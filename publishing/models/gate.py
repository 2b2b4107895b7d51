"""What the gate found, who signed, what stands on which live page, and what has to be mended.

None of these tables holds a word anybody said.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from themes.models import Quote, Theme


class GateCheck(models.Model):
    """One run of the gate over one page as it then was, and the second person's name under it.

    `fingerprint` is a digest of everything readers would see. A signature counts for exactly that content:
    press "publish" after changing a word, and the gate is closed again. `partner` is empty for pages that
    belong to the whole site.
    """

    partner = models.ForeignKey("accounts.Partner", null=True, on_delete=models.PROTECT, related_name="+")
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="gate_checks")
    revision_id = models.BigIntegerField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64)
    results = models.JSONField(default=list, help_text="Rule, level and sentence of each finding.")
    passed = models.BooleanField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(auto_now_add=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    could_be_known = models.BooleanField(
        null=True,
        help_text="The second person's answer: could somebody work out who a speaker is, from all quotes?",
    )

    privacy = {
        "id": "open",
        "partner": "open",
        "page": "open",
        "revision_id": "open",
        "fingerprint": "open",
        "results": "open",
        "passed": "open",
        "checked_by": "pseudonymous",
        "checked_at": "open",
        "signed_by": "pseudonymous",
        "signed_at": "open",
        "could_be_known": "open",
    }

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["page", "fingerprint"], name="gate_check_by_content")]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_by=None, signed_at=None)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="gate_check_signed_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | Q(passed=True, could_be_known=False),
                name="gate_check_signed_only_if_safe",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | Q(checked_by=None) | ~Q(signed_by=F("checked_by")),
                name="gate_check_signed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Check {self.pk} of page {self.page_id}"


class Excuse(models.Model):
    """A word of the language lint that stays in one page, with the reason a named person gave.

    `partner` is empty for pages that belong to the whole site.
    """

    partner = models.ForeignKey("accounts.Partner", null=True, on_delete=models.PROTECT, related_name="+")
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="excuses")
    word = models.CharField(max_length=60)
    reason = models.CharField(_("why it stays"), max_length=300)
    excused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    excused_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "id": "open",
        "partner": "open",
        "page": "open",
        "word": "open",
        "reason": "open",
        "excused_by": "pseudonymous",
        "excused_at": "open",
    }

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "word"], name="excuse_once_per_page")]

    def __str__(self) -> str:
        return f"Page {self.page_id}: {self.word}"


class QuoteOnPage(PartnerOwned):
    """A quote stands on a live page. Written when the page goes live; read when words are taken back."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="quotes_on_page")
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="on_pages")
    placed_at = models.DateTimeField(auto_now_add=True)

    privacy = {"page": "open", "quote": "pseudonymous", "placed_at": "open"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "quote"], name="quote_once_on_page")]

    def __str__(self) -> str:
        return f"Quote {self.quote_id} on page {self.page_id}"


class FrozenShare(PartnerOwned):
    """How common a Wisdom's theme was among contributors on the day its page went live, as a band.

    Only the band is kept: no count and no percentage, so that nothing can be worked out from it.
    """

    page = models.OneToOneField("wagtailcore.Page", on_delete=models.CASCADE, related_name="frozen_share")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+")
    band = models.CharField(max_length=12)
    frozen_at = models.DateTimeField(auto_now=True)

    privacy = {"page": "open", "theme": "open", "band": "open", "frozen_at": "open"}

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(band__in=["a_few", "some", "about_half", "most", "almost_all"]),
                name="frozen_share_band_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.band}"


class ToMend(models.TextChoices):
    WORDS_TAKEN_BACK = "words_taken_back", _("Somebody took their words back. They are gone from the page.")
    QUOTE_CHANGED = "quote_changed", _("A quote on it was changed or refused. It is gone from the page.")
    NOT_LIVE_AS_PLANNED = "not_live_as_planned", _("It was to go live by itself, and the gate was closed.")


class ReportToMend(PartnerOwned):
    """A live page that rested on something that has gone. Says which page and why, never whose words."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="to_mend")
    reason = models.CharField(max_length=24, choices=ToMend.choices)
    detail = models.TextField(blank=True, help_text="Sentences of the gate. Never words somebody said.")
    at = models.DateTimeField(auto_now_add=True)
    mended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    mended_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "page": "open",
        "reason": "open",
        "detail": "open",
        "at": "open",
        "mended_by": "pseudonymous",
        "mended_at": "open",
    }

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(mended_by=None, mended_at=None)
                | Q(mended_by__isnull=False, mended_at__isnull=False),
                name="report_mended_by_and_at",
            )
        ]

    def __str__(self) -> str:
        return f"Page {self.page_id}: {self.reason}"


class PageChange(PartnerOwned):
    """A dated line under "Changes since" of a public page that the site wrote by itself. Names no one."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="own_changes")
    on = models.DateField()
    kind = models.CharField(
        max_length=24, choices=[(ToMend.WORDS_TAKEN_BACK, _("Some words were taken out."))]
    )

    privacy = {"page": "open", "on": "open", "kind": "open"}

    class Meta:
        ordering = ["-on"]
        constraints = [models.UniqueConstraint(fields=["page", "on", "kind"], name="page_change_once_a_day")]

    def __str__(self) -> str:
        return f"{self.on}: {self.kind}"
