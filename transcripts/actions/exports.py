"""Handing texts without names to a named recipient, and telling them to erase what was called back."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries.models import Enquiry
from transcripts.errors import NotPossibleNow
from transcripts.exporting import ToHand, texts_to_hand
from transcripts.models import Export, ExportedVoice, ExportRecall


@transaction.atomic
def make_export(
    *,
    enquiry: Enquiry,
    recipient: str,
    reach: str,
    purpose: str,
    by: User,
    instead_of: Export | None = None,
) -> tuple[Export, list[ToHand]]:
    """Write down who receives whose words, before a byte of them leaves; `exporting.sent` then sends them.

    Args:
        recipient: the organisation and the person there who answers for it.
        reach: how to reach them when words have to be called back.
        purpose: what they may use the words for.
        instead_of: an earlier export that was called back and is issued anew.

    Returns:
        The row, and the texts to send.

    Raises:
        NotYours: the user hands over no texts of the enquiry's partner.
        NotPossibleNow: something is left empty, nobody lets their words be shared, or the earlier export is
            another enquiry's.
    """
    check(by, "export.make", enquiry)
    said = {"recipient": recipient.strip(), "reach": reach.strip(), "purpose": purpose.strip()}
    if not all(said.values()):
        raise NotPossibleNow(_("Say who receives the texts, how to reach them, and what for."))
    if instead_of is not None and instead_of.enquiry_id != enquiry.pk:
        raise NotPossibleNow(_("The earlier export belongs to another enquiry. Choose one of this enquiry."))
    # Nobody takes back what is on its way into this row: it would be named there for ever.
    consent.hold(enquiry.contributors.values_list("pk", flat=True))
    texts = texts_to_hand(enquiry)
    if not texts:
        raise NotPossibleNow(
            _("Nobody whose text is signed off lets it be shared with partners. There is nothing to send.")
        )
    export = Export.objects.create(
        partner_id=enquiry.partner_id, enquiry=enquiry, made_by=by, instead_of=instead_of, **said
    )
    voices = sorted(set().union(*(text.voices for text in texts)))
    ExportedVoice.objects.bulk_create(
        ExportedVoice(partner_id=export.partner_id, export=export, contributor_id=who) for who in voices
    )
    record(
        "export.made",
        by=by,
        about=export,
        enquiry=enquiry.pk,
        texts=len(texts),
        voices=voices,
        instead_of=instead_of.pk if instead_of else None,
    )
    return export, texts


@transaction.atomic
def mark_told(*, recall: ExportRecall, by: User) -> None:
    """Keep that the recipient was told to erase what they have. Raises NotPossibleNow for a second press."""
    check(by, "export.tell", recall)
    told = ExportRecall.objects.filter(pk=recall.pk, told_at=None).update(told_at=timezone.now(), told_by=by)
    if not told:
        raise NotPossibleNow(_("This was kept already: they have been told."))
    recall.refresh_from_db()
    record("export.told", by=by, about=recall.export)
