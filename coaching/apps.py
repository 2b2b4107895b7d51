from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoachingConfig(AppConfig):
    name = "coaching"
    verbose_name = _("Coaching")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter what this app does when somebody takes a scope back, and whose rows are whose alone."""
        from coaching import withdrawal
        from coaching.permissions import narrow_to_own
        from enquiries import withdrawal as register

        register.register("coaching", at_once=withdrawal.bring_notes_home, steps=withdrawal.STEPS)
        narrow_to_own()
