from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoachingConfig(AppConfig):
    name = "coaching"
    verbose_name = _("Coaching")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter what this app does when somebody takes a scope back."""
        from coaching.withdrawal import withdraw
        from enquiries import withdrawal

        withdrawal.register("coaching", withdraw)
