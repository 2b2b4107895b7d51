"""Texts that were handed over are called back: their recipient is told to erase them, and gets them anew."""

from collections.abc import Iterable, Mapping

from audit.actions import record
from enquiries.models import Contributor, Scope
from transcripts.models import Export, ExportedVoice, ExportRecall, StruckOut

# What must fall for words that were handed over to be called back.
CALLING_BACK = frozenset({Scope.TAKE_PART, Scope.PARTNER_SHARE})


def call_back(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """When somebody takes back what let their words be handed over: each export that holds them is to be
    issued anew, and its recipient to be told. Belongs into the transaction of the withdrawal. May run twice.
    """
    if not scopes & CALLING_BACK:
        return {}
    held = ExportedVoice.objects.filter(contributor=contributor)
    exports = list(Export.objects.filter(exported__in=held).distinct())
    _call_back(exports)
    held.delete()
    return {"exports_called_back": len(exports)} if exports else {}


def call_back_struck(struck: StruckOut) -> int:
    """When somebody struck a part of their words out for good: exports made before may hold it, and are to be
    issued anew without it. Their other words stay shared. Gives back how many were called back.
    """
    exports = Export.objects.filter(
        exported__contributor_id=struck.contributor_id, made_at__lt=struck.struck_at
    )
    # One that was issued anew since is with nobody any more.
    standing = list(exports.filter(issued_anew=None).distinct())
    _call_back(standing)
    return len(standing)


def _call_back(exports: Iterable[Export]) -> None:
    for export in exports:
        ExportRecall.objects.get_or_create(
            export=export, told_at=None, defaults={"partner_id": export.partner_id}
        )
        record("export.called_back", by=None, about=export)
