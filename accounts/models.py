from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
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
    sign_in_generation = models.PositiveIntegerField(
        default=0, help_text=_("Every sign-in of an earlier generation has ended, on every device.")
    )

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
        "sign_in_generation": "open",
    }

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What each sign-in carries: it ends with a new password and with the next generation.

        Django compares it at every request, so an ended sign-in is refused wherever it was made, also one
        that no list knows of.
        """
        return salted_hmac(
            "accounts.User.sign_in",
            f"{self.password}|{self.sign_in_generation}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

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


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        """Roles held now: not ended, and, where given for some hours only, not run out."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()), ended_at=None)

    def run_out(self) -> "MembershipQuerySet":
        """Roles given for some hours, whose hours are over and which nobody has ended yet."""
        return self.filter(ended_at=None, ends_at__lte=timezone.now())


class Membership(PartnerOwned):
    """One role of one user at one partner. It is ended, never deleted, when someone leaves.

    `ends_at` is set for a role given in an emergency, for some hours: it counts for nothing from then on.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=24, choices=Role.choices)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    privacy = {
        "user": "pseudonymous",
        "role": "open",
        "started_at": "open",
        "ended_at": "open",
        "ends_at": "open",
    }

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


class Invitation(PartnerOwned):
    """A colleague asked in by a partner lead. The link in the letter works once, until `expires_at`."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    roles = models.JSONField(default=list)
    nonce = models.CharField(max_length=43, unique=True, help_text=_("Part of the link; stands in no log."))
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations_made")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations_accepted"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "email": "identifying",
        "roles": "open",
        "nonce": "identifying",
        "invited_by": "pseudonymous",
        "invited_at": "open",
        "expires_at": "open",
        "accepted_by": "pseudonymous",
        "accepted_at": "open",
        "withdrawn_at": "open",
    }

    class Meta:
        ordering = ["-invited_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_by=None, accepted_at=None)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="invitation_accepted_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None), name="invitation_accepted_or_withdrawn"
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether its link still works."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()

    @property
    def role_names(self) -> list[str]:
        """The roles in words."""
        return [str(Role(role).label) for role in self.roles]


class EmergencyAccess(PartnerOwned):
    """A role asked for by one person for some hours, and opened only when another confirms it."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="emergencies")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="emergencies_held")
    role = models.CharField(max_length=24, choices=Role.choices)
    hours = models.PositiveSmallIntegerField()
    reason = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="emergencies_asked")
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="emergencies_answered"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    membership = models.OneToOneField(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="emergency"
    )

    privacy = {
        "holder": "pseudonymous",
        "role": "open",
        "hours": "open",
        "reason": "identifying",
        "asked_by": "pseudonymous",
        "asked_at": "open",
        "answered_by": "pseudonymous",
        "answered_at": "open",
        "membership": "pseudonymous",
    }

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="emergency_role_known"),
            models.CheckConstraint(condition=Q(hours__gte=1, hours__lte=24), name="emergency_hours_few"),
            models.CheckConstraint(
                condition=Q(answered_by=None, answered_at=None)
                | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="emergency_answered_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=models.F("asked_by")),
                name="emergency_two_people",
            ),
            models.CheckConstraint(
                condition=Q(membership=None) | Q(answered_by__isnull=False),
                name="emergency_opened_is_answered",
            ),
        ]


class Try(models.Model):
    """One try at something limited (a sign-in, a code, a link), counted in `accounts.limits`.

    Rows are only added, never counted up: two tries at once then never wait for each other. Who tried is kept
    as a keyed digest, and for two days.
    """

    kind = models.CharField(max_length=24)
    who = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    was_refused = models.BooleanField(default=False)

    privacy = {"id": "open", "kind": "open", "who": "pseudonymous", "at": "open", "was_refused": "open"}

    class Meta:
        indexes = [
            models.Index(fields=["kind", "who", "at"], name="try_counted", condition=Q(was_refused=False)),
            models.Index(fields=["kind", "who", "at"], name="try_refused", condition=Q(was_refused=True)),
            models.Index(fields=["at"], name="try_at"),
        ]
