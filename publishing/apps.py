from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublishingConfig(AppConfig):
    name = "publishing"
    verbose_name = _("Publishing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enquiries import withdrawal as register
        from enquiries.tracing import register as trace
        from publishing import editors, editors_scripts, tracing, withdrawal

        register.register("publishing", at_once=withdrawal.close_pages, steps=withdrawal.STEPS)
        editors.keep_in_step()
        editors_scripts.start_by_data()
        trace("publishing", of_voices=tracing.OF_VOICES, places=tracing.PLACES)
