"""Frozen figures, who they counted, and the words they are set beside."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Enquiry, Person
from themes.models import Quote, Theme


class PublishedFigure(PartnerOwned):
    """A frozen number that has passed disclosure control. Publishing reads it and recomputes nothing.

    `safe` is the output of disclosure control and all that anybody outside may see::

        {"heading": what was counted, "caption": base, dates and rule in sentences,
         "base_text": the base alone, "unit": "people" | "points" …,
         "row_heading": what the row labels are, "columns": [label of each value],
         "rows": [{"label", "values": [text, …], "size": number or null, "series": "main" | "within",
                   "short": label for the drawing, or ""}],
         "notes": [sentence that stands with the table, …], "copyright": line or ""}

    `size` is what the bar shows: a number that has itself passed the rules, or null for none. A hidden cell
    is a text such as "fewer than 10", with `size` null. Rows of the series `within` are parts of the main
    row above them and are drawn hatched.

    `filter` says what was counted besides the metric: `{"only_linked": bool}`. `published_at` is set by
    the page that first shows it; until then a withdrawal makes the figure anew. A figure with
    `withdrawn_at` is empty: too few people were left.
    """

    enquiry = models.ForeignKey(
        Enquiry, null=True, blank=True, on_delete=models.PROTECT, related_name="figures"
    )
    metric = models.CharField(max_length=40)
    title = models.CharField(_("title"), max_length=160)
    filter = models.JSONField(default=dict)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    safe = models.JSONField(default=dict)
    rule_version = models.CharField(max_length=20)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "enquiry": "open",
        "metric": "open",
        "title": "open",
        "filter": "open",
        "period_start": "open",
        "period_end": "open",
        "safe": "open",
        "rule_version": "open",
        "frozen_by": "pseudonymous",
        "frozen_at": "open",
        "published_at": "open",
        "withdrawn_at": "open",
    }

    class Meta:
        ordering = ["-frozen_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_start=None) | Q(period_end=None) | Q(period_end__gte=F("period_start")),
                name="figure_period_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.title


class FigurePerson(PartnerOwned):
    """Who a frozen figure counted. Read by the differencing check alone."""

    figure = models.ForeignKey(PublishedFigure, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    privacy = {"figure": "open", "person": "identifying"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["figure", "person"], name="figure_person_once")]

    def __str__(self) -> str:
        return f"{self.figure_id}: {self.person_id}"


class Relation(models.TextChoices):
    CONFIRMS = "confirms", _("The count agrees with what we heard")
    EXPANDS = "expands", _("The count adds to what we heard")
    CONTRADICTS = "contradicts", _("The count and the words do not agree")
    SILENT = "silent", _("Nothing was counted about this")


class JointDisplay(PartnerOwned):
    """A theme set beside a figure, with the reading across both. Contradictions are shown like the rest."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="joint_displays")
    topic = models.CharField(_("what it is about"), max_length=160)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="joint_displays")
    quotes = models.ManyToManyField(
        Quote, through="JointDisplayQuote", blank=True, related_name="joint_displays"
    )
    figure = models.ForeignKey(
        PublishedFigure, null=True, blank=True, on_delete=models.PROTECT, related_name="joint_displays"
    )
    heard = models.TextField(_("what we heard, in a sentence"))
    relation = models.CharField(max_length=12, choices=Relation.choices)
    reading = models.TextField(_("reading across both"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "enquiry": "open",
        "topic": "open",
        "theme": "open",
        "quotes": "open",
        "figure": "open",
        "heard": "open",
        "relation": "open",
        "reading": "open",
        "made_by": "pseudonymous",
        "made_at": "open",
    }

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(relation="silent") & Q(figure=None))
                | (~Q(relation="silent") & Q(figure__isnull=False)),
                name="joint_display_silent_without_figure",
            )
        ]

    def __str__(self) -> str:
        return self.topic


class JointDisplayQuote(PartnerOwned):
    """A quote that is read in a joint display."""

    jointdisplay = models.ForeignKey(JointDisplay, on_delete=models.CASCADE, related_name="+")
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="+")

    privacy = {"jointdisplay": "open", "quote": "pseudonymous"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jointdisplay", "quote"], name="joint_display_quote_once"),
        ]

    def __str__(self) -> str:
        return f"Quote {self.quote_id} in joint display {self.jointdisplay_id}"
