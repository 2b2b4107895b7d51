from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People who work here")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save

        from accounts import checks, happenings  # noqa: F401
        from accounts.actions import emergencies
        from accounts.models import Membership
        from accounts.permissions import forget_memberships, narrow

        def forget(sender: type[Membership], instance: Membership, **_kwargs: object) -> None:
            forget_memberships(instance.user_id)

        narrow(emergencies.AGREE, emergencies.is_second)
        happenings.write_down()

        # A cache for the length of a request; see `memberships_read_once`.
        for signal in (post_save, post_delete):
            signal.connect(forget, sender=Membership, weak=False, dispatch_uid="accounts.forget_memberships")
