from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThemesConfig(AppConfig):
    name = "themes"
    verbose_name = _("Making sense")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enquiries.tracing import register as trace
        from enquiries.wishes import register as keep_outside
        from enquiries.withdrawal import register
        from themes import striking, tracing
        from themes.carrying import carry_over
        from themes.wishes import KINDS
        from themes.withdrawal import STEPS
        from transcripts import newer_texts
        from transcripts import striking as struck_out

        register("themes", steps=STEPS)
        newer_texts.register("themes", carry_over)
        struck_out.register("themes", hide=striking.hide, remove=striking.remove)
        for name, kind in KINDS.items():
            keep_outside(name, kind)
        trace("themes", of_voices=tracing.OF_VOICES)
