from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnquiriesConfig(AppConfig):
    name = "enquiries"
    verbose_name = _("Enquiries and consent")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enquiries import handler, keeping, retention, tracing, withdrawal

        withdrawal.register("enquiries", steps=handler.STEPS)
        tracing.register(
            "enquiries", of_voices=tracing.OF_VOICES, of_people=tracing.OF_PEOPLE, places=tracing.PLACES
        )
        retention.register(keeping.LINK_CLOCK)
