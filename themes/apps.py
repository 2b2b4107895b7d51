from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThemesConfig(AppConfig):
    name = "themes"
    verbose_name = _("Making sense")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enquiries.withdrawal import register
        from themes.carrying import carry_over
        from themes.withdrawal import STEPS
        from transcripts import newer_texts

        register("themes", steps=STEPS)
        newer_texts.register("themes", carry_over)
