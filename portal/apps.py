from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Pocket pages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let go of what is kept here when somebody takes their words back."""
        from enquiries import wishes, withdrawal
        from enquiries.tracing import register as trace
        from portal import tracing
        from portal.wishes import KINDS
        from portal.withdrawal import STEPS

        withdrawal.register("portal", steps=STEPS)
        for name, kind in KINDS.items():
            wishes.register(name, kind)
        trace("portal", of_voices=tracing.OF_VOICES, places=tracing.PLACES)
