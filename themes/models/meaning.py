from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Contributor, Enquiry, Voice
from themes.models.codebook import Code
from transcripts.models import Segment


class Memo(PartnerOwned):
    """What a reader noticed. Read by the enquiry's team only."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="memos")
    conversation = models.ForeignKey(
        "enquiries.Conversation", null=True, blank=True, on_delete=models.PROTECT, related_name="memos"
    )
    segment = models.ForeignKey(
        Segment, null=True, blank=True, on_delete=models.PROTECT, related_name="memos"
    )
    code = models.ForeignKey(Code, null=True, blank=True, on_delete=models.PROTECT, related_name="memos")
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    privacy = {
        "enquiry": "open",
        "conversation": "pseudonymous",
        "segment": "pseudonymous",
        "code": "open",
        "text": "pseudonymous",
        "author": "pseudonymous",
        "written_at": "open",
        "changed_at": "open",
    }

    class Meta:
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return f"Memo {self.pk}"


class Theme(PartnerOwned):
    """An interpreted pattern of meaning, written by people and resting on codes. No machine makes one."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="themes")
    slug = models.SlugField(max_length=80)
    title = models.CharField(_("title"), max_length=160)
    statement = models.TextField(_("what we understand"))
    codes = models.ManyToManyField(Code, through="ThemeCode", related_name="themes")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "enquiry": "open",
        "slug": "open",
        "title": "open",
        "statement": "open",
        "codes": "open",
        "made_by": "pseudonymous",
        "made_at": "open",
    }

    class Meta:
        ordering = ["title"]
        constraints = [models.UniqueConstraint(fields=["enquiry", "slug"], name="theme_slug_once")]

    def __str__(self) -> str:
        return self.title


class ThemeCode(PartnerOwned):
    """A theme rests on a code."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="+")
    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="+")

    privacy = {"theme": "open", "code": "open"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme", "code"], name="theme_code_once")]

    def __str__(self) -> str:
        return f"Theme {self.theme_id} rests on code {self.code_id}"


class QuoteState(models.TextChoices):
    SELECTED = "selected", _("Chosen, to be heard against the sound")
    HEARD = "heard_against_audio", _("Heard against the sound, names to be checked")
    PSEUDONYMISED = "pseudonymised", _("Names checked, to be offered to the speaker")
    OFFERED = "offered", _("Offered to the speaker, waiting for an answer")
    APPROVED = "approved", _("The speaker said yes")
    CHANGED = "changed", _("The speaker changed it and said yes")
    REFUSED = "refused", _("The speaker said no")
    PLACED = "placed", _("Placed in a page")
    WITHDRAWN = "withdrawn", _("Taken back")


class Attribution(models.TextChoices):
    NONE = "none", _("No name")
    ROLE = "role", _("Role")
    CHOSEN_NAME = "chosen_name", _("Chosen name")
    REAL_NAME = "real_name", _("Real name")


class Quote(PartnerOwned):
    """Exact words chosen for publication, stored once; pages hold its id, never its text.

    `text` is the stretch `[start, end)` of the segment's text, word for word. `shown` is what readers see:
    the same with square brackets, … for cuts and fillers left out, nothing else. Once the words are taken
    back both are empty and the segment is let go; the row stays so that pages know not to look for it.
    """

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="quotes")
    segment = models.ForeignKey(
        Segment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="quotes",
        help_text="Empty only once the words were taken back.",
    )
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="quotes")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    shown = models.TextField(blank=True)
    language = models.CharField(max_length=8, default="en")
    voice = models.CharField(max_length=16, choices=Voice.choices)
    attribution = models.CharField(max_length=12, choices=Attribution.choices, default=Attribution.NONE)
    state = models.CharField(max_length=20, choices=QuoteState.choices, default=QuoteState.SELECTED)
    selected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    selected_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "enquiry": "open",
        "segment": "pseudonymous",
        "contributor": "pseudonymous",
        "start": "open",
        "end": "open",
        "text": "pseudonymous",
        "shown": "pseudonymous",
        "language": "open",
        "voice": "pseudonymous",
        "attribution": "pseudonymous",
        "state": "open",
        "selected_by": "pseudonymous",
        "selected_at": "open",
    }

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="quote_not_empty"),
            models.CheckConstraint(condition=Q(state__in=QuoteState.values), name="quote_state_known"),
            models.CheckConstraint(
                condition=(Q(state="withdrawn") & Q(segment=None, text="", shown=""))
                | (~Q(state="withdrawn") & Q(segment__isnull=False) & ~Q(text="") & ~Q(shown="")),
                name="quote_has_words_until_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"Quote {self.pk}"


class QuoteStep(PartnerOwned):
    """One step of a quote between states: who took it, when, and what for."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="steps")
    from_state = models.CharField(max_length=20, choices=QuoteState.choices, blank=True)
    to_state = models.CharField(max_length=20, choices=QuoteState.choices)
    shown = models.TextField(blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty when the speaker did it on their own page.",
    )
    at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "quote": "open",
        "from_state": "open",
        "to_state": "open",
        "shown": "pseudonymous",
        "note": "pseudonymous",
        "by": "pseudonymous",
        "at": "open",
    }

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"


class ThemeQuote(PartnerOwned):
    """A quote that speaks for a theme."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="theme_quotes")
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="theme_quotes")

    privacy = {"theme": "open", "quote": "open"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme", "quote"], name="theme_quote_once")]

    def __str__(self) -> str:
        return f"{self.theme_id}: {self.quote_id}"
