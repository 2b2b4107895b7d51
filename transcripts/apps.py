from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TranscriptsConfig(AppConfig):
    name = "transcripts"
    verbose_name = _("Sound and text")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import resource

        from enquiries import withdrawal as register
        from enquiries.tracing import register as trace
        from transcripts import tracing, withdrawal

        register.register("transcripts", at_once=withdrawal.stop_work, steps=withdrawal.STEPS)
        trace("transcripts", of_voices=tracing.OF_VOICES, places=tracing.PLACES)
        # A crash would write the memory, and with it somebody's voice, to the disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
