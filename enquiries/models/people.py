"""Identity, kept apart from everything that was said. Only the link table joins the two."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned


class Person(PartnerOwned):
    """Someone going through, or who has gone through, tough times. Identity and contact only."""

    called = models.CharField(_("what to call them"), max_length=120)
    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    safe_contact = models.CharField(_("how to reach them safely"), max_length=300, blank=True)
    other_names = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Names said in conversation: family, nicknames. Used to find them in text."),
    )
    ref = models.CharField(_("reference in imported files"), max_length=40, blank=True)
    is_adult = models.BooleanField(_("18 or over"), default=False)
    added_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "called": "identifying",
        "full_name": "identifying",
        "phone": "identifying",
        "email": "identifying",
        "safe_contact": "identifying",
        "other_names": "identifying",
        "ref": "identifying",
        "is_adult": "pseudonymous",
        "added_at": "open",
    }

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "ref"], condition=~Q(ref=""), name="person_ref_once_per_partner"
            )
        ]

    def __str__(self) -> str:
        return f"Person {self.pk}"


class Link(PartnerOwned):
    """The link table: which person, or which colleague, stands behind a contributor.

    Read by the data guardian only; each read is recorded. A coach or volunteer who speaks as a
    contributor is linked by account instead of by person.
    """

    contributor = models.OneToOneField("enquiries.Contributor", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "contributor": "pseudonymous",
        "person": "identifying",
        "user": "identifying",
        "made_at": "open",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, user=None) | Q(person=None, user__isnull=False),
                name="link_to_person_or_user",
            )
        ]

    def __str__(self) -> str:
        return f"Link {self.pk}"
