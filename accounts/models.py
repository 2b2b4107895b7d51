from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who works with the platform. People who spoke never need an account."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    privacy = {
        "id": "pseudonymous",
        "password": "identifying",
        "last_login": "pseudonymous",
        "is_superuser": "open",
        "groups": "open",
        "user_permissions": "open",
        "email": "identifying",
        "name": "identifying",
        "is_staff": "open",
        "is_active": "open",
        "joined_at": "pseudonymous",
    }

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class Partner(models.Model):
    """An organisation. Keeps the names it went by before."""

    name = models.CharField(_("name"), max_length=160, unique=True)
    slug = models.SlugField(unique=True)
    place = models.CharField(_("place"), max_length=160, blank=True)
    former_names = models.JSONField(default=list, blank=True)
    joined_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)

    privacy = {
        "id": "open",
        "name": "open",
        "slug": "open",
        "place": "open",
        "former_names": "open",
        "joined_on": "open",
        "left_on": "open",
    }

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    COACH = "coach", _("Coach")
    RESEARCHER = "researcher", _("Researcher")
    REVIEWER = "reviewer", _("Second reader")
    EDITOR = "editor", _("Editor")
    DATA_GUARDIAN = "data_guardian", _("Data guardian")
    SAFEGUARDING_LEAD = "safeguarding_lead", _("Safeguarding lead")
    PARTNER_LEAD = "partner_lead", _("Partner lead")


class PartnerOwned(models.Model):
    """A row that holds a partner's material says whose it is, without a join."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")

    privacy = {"id": "open", "partner": "open"}

    class Meta:
        abstract = True


class Membership(PartnerOwned):
    """One role of one user at one partner. It is ended, never deleted, when someone leaves."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=24, choices=Role.choices)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    privacy = {"user": "pseudonymous", "role": "open", "started_at": "open", "ended_at": "open"}

    class Meta:
        ordering = ["partner__name", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "partner", "role"],
                condition=Q(ended_at=None),
                name="membership_once_at_a_time",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}, {self.partner}"
