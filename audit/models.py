from django.db import models

PRIVACY_CLASSES = frozenset({"identifying", "pseudonymous", "open"})


class Event(models.Model):
    """One act, by id. Rows are added by the database function `audit_append` alone, and never change.

    Holds ids and counts, never words, names or file names. The actor and the object are plain ids and
    not foreign keys: the record outlives what it speaks of, and this app knows no other.
    """

    at = models.DateTimeField(help_text="By the database's clock.")
    action = models.CharField(max_length=80)
    actor_id = models.BigIntegerField(null=True, help_text="Empty when the system acted by itself.")
    partner_id = models.BigIntegerField(null=True, help_text="Empty for acts of the installation itself.")
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)
    transaction_id = models.BigIntegerField(help_text="Acts of one database transaction belong together.")

    privacy = {
        "id": "open",
        "at": "open",
        "action": "open",
        "actor_id": "pseudonymous",
        "partner_id": "open",
        "object_type": "open",
        "object_id": "pseudonymous",
        "detail": "pseudonymous",
        "transaction_id": "open",
    }

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_event_object"),
            models.Index(fields=["partner_id", "at", "id"], name="audit_event_by_time"),
            models.Index(fields=["partner_id", "action", "at"], name="audit_event_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}".strip()


class Link(models.Model):
    """The place of one event in its chain, written by the database when the act's transaction commits.

    `chain` is the partner's id, 0 for acts of the installation. `position` counts from 1 without gaps.
    `hash` is over the event and `previous`, the hash of the position before (32 zero bytes at the first).
    """

    event_id = models.BigIntegerField(primary_key=True)
    chain = models.BigIntegerField()
    position = models.BigIntegerField()
    previous = models.BinaryField()
    hash = models.BinaryField()

    privacy = {
        "event_id": "open",
        "chain": "open",
        "position": "open",
        "previous": "open",
        "hash": "open",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="audit_link_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}: {self.position}"
