"""Headings under which a report tells its methods.

Sources: SRQR, 21 items (O'Brien and others, 2014, Academic Medicine 89:1245); COREQ, 32 items (Tong and
others, 2007, International Journal for Quality in Health Care 19:349). The words are our own short ones.
"""

from django.utils.translation import gettext_lazy as _

SRQR = (
    ("srqr-01", _("Title")),
    ("srqr-02", _("In brief")),
    ("srqr-03", _("Why we asked")),
    ("srqr-04", _("The question")),
    ("srqr-05", _("How we think about what people say")),
    ("srqr-06", _("Who we are, and what we bring")),
    ("srqr-07", _("Where and when")),
    ("srqr-08", _("Who was asked")),
    ("srqr-09", _("How people were kept safe")),
    ("srqr-10", _("How we listened")),
    ("srqr-11", _("What we listened with")),
    ("srqr-12", _("Who took part")),
    ("srqr-13", _("How words were written down and looked after")),
    ("srqr-14", _("How we read")),
    ("srqr-15", _("How we checked ourselves")),
    ("srqr-16", _("What we understood")),
    ("srqr-17", _("The words behind it")),
    ("srqr-18", _("How it sits with what others found")),
    ("srqr-19", _("What this cannot tell")),
    ("srqr-20", _("Interests of our own")),
    ("srqr-21", _("Who paid")),
)
COREQ = (
    ("coreq-01", _("Who listened")),
    ("coreq-02", _("Their qualifications")),
    ("coreq-03", _("Their work at the time")),
    ("coreq-04", _("Their gender")),
    ("coreq-05", _("Their experience and training")),
    ("coreq-06", _("Whether they knew each other before")),
    ("coreq-07", _("What people knew about the listener")),
    ("coreq-08", _("What the listener brought")),
    ("coreq-09", _("The way of thinking behind it")),
    ("coreq-10", _("How people were chosen")),
    ("coreq-11", _("How people were approached")),
    ("coreq-12", _("How many took part")),
    ("coreq-13", _("How many said no")),
    ("coreq-14", _("Where it was")),
    ("coreq-15", _("Who else was there")),
    ("coreq-16", _("Who took part")),
    ("coreq-17", _("What was asked")),
    ("coreq-18", _("Whether people were asked again")),
    ("coreq-19", _("Sound and pictures")),
    ("coreq-20", _("Notes made at the time")),
    ("coreq-21", _("How long it took")),
    ("coreq-22", _("When we stopped asking")),
    ("coreq-23", _("Whether people saw their words")),
    ("coreq-24", _("How many readers")),
    ("coreq-25", _("The code list")),
    ("coreq-26", _("Where the themes came from")),
    ("coreq-27", _("The programs we used")),
    ("coreq-28", _("Whether people said we got it right")),
    ("coreq-29", _("The words behind it")),
    ("coreq-30", _("Whether words and findings agree")),
    ("coreq-31", _("The large themes")),
    ("coreq-32", _("The small themes, and the odd ones out")),
)
HEADINGS = (("SRQR", SRQR), ("COREQ", COREQ))
LABELS = dict((*SRQR, *COREQ))
