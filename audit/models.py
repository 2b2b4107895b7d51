from django.db import models

PRIVACY_CLASSES = frozenset({"identifying", "pseudonymous", "open"})


class Event(models.Model):
    """One act, by id. Rows are only ever added; the database refuses update and delete.

    Holds ids and counts, never words, names or file names. The actor and the object are plain ids and
    not foreign keys: the record outlives what it speaks of, and this app knows no other.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    action = models.CharField(max_length=80, db_index=True)
    actor_id = models.BigIntegerField(null=True, help_text="Empty when the system acted by itself.")
    partner_id = models.BigIntegerField(null=True, db_index=True)
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)

    privacy = {
        "id": "open",
        "at": "open",
        "action": "open",
        "actor_id": "pseudonymous",
        "partner_id": "open",
        "object_type": "open",
        "object_id": "pseudonymous",
        "detail": "pseudonymous",
    }

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_event_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}".strip()
