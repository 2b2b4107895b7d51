from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TranscriptsConfig(AppConfig):
    name = "transcripts"
    verbose_name = _("Sound and text")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import resource

        from enquiries import retention
        from enquiries import wishes as words_kept
        from enquiries import withdrawal as register
        from enquiries.tracing import register as trace
        from transcripts import keeping, tracing, wishes, withdrawal

        trace("transcripts", of_voices=tracing.OF_VOICES, places=tracing.PLACES)
        # A crash would write the memory, and with it somebody's voice, to the disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        register.register("transcripts", at_once=withdrawal.at_once, steps=withdrawal.STEPS)
        for name, kind in wishes.KINDS.items():
            words_kept.register(name, kind)
        for clock in keeping.CLOCKS:
            retention.register(clock)
