from django.apps import AppConfig


class WisdomsConfig(AppConfig):
    """The composition; it has no models."""

    name = "wisdoms"

    def ready(self) -> None:
        """Register the system checks."""
        from wisdoms import checks  # noqa: F401
