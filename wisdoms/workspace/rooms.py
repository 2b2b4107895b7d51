"""Where roles that do not work on enquiries have their pages, each with what waits there."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import can, partners_where
from enquiries.models import Withdrawal, WithdrawalState
from portal.models import Question
from transcripts.models import ExportRecall


@dataclass(frozen=True, slots=True)
class Room:
    """One page that somebody has besides enquiries. `why` says what it is for, or what waits in it."""

    label: str
    why: str
    address: str


def rooms(user: User) -> Iterator[Room]:
    """Pages of the roles somebody holds, in the order in which they are looked at in the morning."""
    if can(user, "relationship.keep"):
        yield Room(_("Coach’s pages"), _("Who you walk alongside, and your notes."), reverse("portal:today"))
    if can(user, "page.write"):
        yield Room(_("Writing reports"), _("Wisdoms, from agreed quotes."), reverse("wagtailadmin_home"))
    yield from _care(user)
    if can(user, "colleague.invite"):
        yield Room(_("Colleagues"), _("Who works here, and as what."), reverse("accounts:people"))
    if can(user, "figure.see"):
        yield Room(_("Figures"), _("Of your own partner, small groups hidden."), reverse("coaching:figures"))
    if can(user, "coaching_file.import"):
        why = _("From files, tried out first without keeping anything.")
        yield Room(_("Bringing in coaching records"), why, reverse("coaching:import"))
    if can(user, "break_glass.ask") and not can(user, "enquiry.see"):
        why = _("A role for some hours, when something cannot wait. Two people agree to it.")
        yield Room(_("Emergency access"), why, reverse("accounts:emergencies_here"))


def _care(user: User) -> Iterator[Room]:
    """What the data guardian looks after."""
    if can(user, "personal_question.answer"):
        asked = Question.objects.waiting().filter(
            partner_id__in=partners_where(user, "personal_question.answer")
        )
        n_asked = asked.count()
        why = ngettext("One waits for an answer.", "%(n)d wait for an answer.", n_asked) % {"n": n_asked}
        yield Room(
            _("Questions and complaints"),
            why if n_asked else _("Nobody is waiting for an answer."),
            reverse("care:questions"),
        )
    if can(user, "withdrawal.see"):
        n_told = (
            Withdrawal.objects.filter(
                partner_id__in=partners_where(user, "withdrawal.see"),
                state=WithdrawalState.DONE,
                told_at=None,
            )
            .exclude(scopes=[])
            .count()
        )
        why = ngettext("One is to be confirmed.", "%(n)d are to be confirmed.", n_told) % {"n": n_told}
        yield Room(
            _("Taken back"), why if n_told else _("Nobody waits for a letter."), reverse("care:withdrawals")
        )
    if can(user, "export.tell"):
        partners = partners_where(user, "export.tell")
        n_recalled = ExportRecall.objects.filter(partner_id__in=partners, told_at=None).count()
        told = ngettext("One recipient is to be told.", "%(n)d recipients are to be told.", n_recalled)
        yield Room(
            _("Texts handed over"),
            told % {"n": n_recalled} if n_recalled else _("Nobody has to be told now."),
            reverse("care:exports"),
        )
    if can(user, "link_table.see"):
        yield Room(_("People"), _("Who stands behind a chosen name, one at a time."), reverse("care:people"))
    if can(user, "keeping.see"):
        yield Room(_("Keeping"), _("How long each kind of thing stays, and holds."), reverse("care:keeping"))
    if can(user, "record.read"):
        yield Room(_("The record"), _("Who did what, and who looked at what."), reverse("care:record"))
