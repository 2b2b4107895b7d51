from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoachingConfig(AppConfig):
    name = "coaching"
    verbose_name = _("Coaching")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter what this app does when somebody takes a scope back, and whose rows are whose alone."""
        from coaching import tracing, withdrawal
        from coaching.permissions import narrow_to_own
        from enquiries import withdrawal as register
        from enquiries.tracing import register as trace

        register.register("coaching", at_once=withdrawal.bring_notes_home, steps=withdrawal.STEPS)
        narrow_to_own()
        trace("coaching", of_voices=tracing.OF_VOICES, of_people=tracing.OF_PEOPLE)
