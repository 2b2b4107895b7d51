"""The eight principles of coaching alongside, by the code names that pages store."""

from django.utils.translation import gettext_lazy as _

PRINCIPLES = (
    ("seeing_people", _("Seeing people")),
    ("person_led", _("Person-led")),
    ("strength_based", _("Strength-based")),
    ("personalised", _("Personalised")),
    ("not_fixing", _("Not fixing")),
    ("internal_motivation", _("Internal motivation")),
    ("real_world", _("Real world")),
    ("connection", _("Connection")),
)
LABELS = dict(PRINCIPLES)
