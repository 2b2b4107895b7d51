"""What a person's own page needs: the link that leads to it, and what they ask us there."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Contributor

# An answer to a complaint is due on its thirtieth day at the latest (domain guide, §15).
ACKNOWLEDGED_WITHIN = timedelta(days=30)


class PersonalLinkQuerySet(models.QuerySet["PersonalLink"]):
    def open(self) -> "PersonalLinkQuerySet":
        """Links that lead somewhere now."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class PersonalLink(PartnerOwned):
    """A way to one contributor's own page. What stands on the card is never kept, only a digest of it.

    `word` is a word agreed in person, hashed like a password; `code` six digits sent or read out, for some
    minutes. `generation` ends every visit under way when it rises.
    """

    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    word = models.CharField(max_length=128, blank=True)
    code = models.CharField(max_length=64, blank=True)
    code_ends_at = models.DateTimeField(null=True, blank=True)
    misses = models.PositiveSmallIntegerField(default=0)
    generation = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalLinkQuerySet.as_manager()

    privacy = {
        "contributor": "pseudonymous",
        "digest": "identifying",
        "word": "identifying",
        "code": "identifying",
        "code_ends_at": "open",
        "misses": "open",
        "generation": "open",
        "made_by": "pseudonymous",
        "made_at": "open",
        "expires_at": "open",
        "revoked_at": "open",
        "last_used_at": "pseudonymous",
    }

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code="", code_ends_at=None) | (~Q(code="") & Q(code_ends_at__isnull=False)),
                name="personal_link_code_and_end",
            )
        ]

    def __str__(self) -> str:
        return f"Link {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class QuestionKind(models.TextChoices):
    QUESTION = "question", _("A question")
    COMPLAINT = "complaint", _("A complaint")


class QuestionQuerySet(models.QuerySet["Question"]):
    def waiting(self) -> "QuestionQuerySet":
        """Those nobody has answered yet, the one due first in front; none whose words were taken back."""
        return self.filter(answered_at=None).exclude(said="").order_by("due_on", "pk")


class Question(PartnerOwned):
    """A question or a complaint from somebody's own page, and what we answered.

    Once everything is taken back, `said` and `answer` are empty: the row then only counts as one that came.
    """

    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("what it is"), max_length=10, choices=QuestionKind.choices)
    said = models.TextField(blank=True)
    by_helper = models.BooleanField(default=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    due_on = models.DateField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = QuestionQuerySet.as_manager()

    privacy = {
        "contributor": "pseudonymous",
        "kind": "open",
        "said": "identifying",
        "by_helper": "pseudonymous",
        "asked_at": "open",
        "due_on": "open",
        "acknowledged_at": "open",
        "acknowledged_by": "pseudonymous",
        "answer": "identifying",
        "answered_at": "open",
        "answered_by": "pseudonymous",
    }

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=QuestionKind.values), name="personal_question_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by=None, acknowledged_at=None)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="personal_question_acknowledged_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None, answered_at=None)
                | Q(answered_by__isnull=False, answered_at__isnull=False, answered_at__gte=F("asked_at")),
                name="personal_question_answered_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
