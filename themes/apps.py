from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThemesConfig(AppConfig):
    name = "themes"
    verbose_name = _("Making sense")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enquiries.withdrawal import register
        from themes.withdrawal import forget

        register("themes", forget)
