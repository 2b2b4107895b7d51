"""The code list as pages show it."""

from dataclasses import dataclass

from enquiries.models import Enquiry
from themes.marks import CLASSES, INITIALS
from themes.models import Code, Codebook, CodeKind


@dataclass(frozen=True, slots=True)
class KindOfCodes:
    """The codes of one kind, with how the kind is drawn."""

    kind: str
    label: str
    initial: str
    css: str
    codes: tuple[Code, ...]


def codebook_of(enquiry: Enquiry) -> Codebook | None:
    """The enquiry's code list; None before somebody starts it."""
    return Codebook.objects.filter(enquiry=enquiry).first()


def codes_by_kind(enquiry: Enquiry, *, retired: bool = False) -> list[KindOfCodes]:
    """Codes in use (or the retired ones), in the order of the four kinds, by name within each; one query."""
    rows = list(
        Code.objects.filter(codebook__enquiry=enquiry, retired_at__isnull=not retired).order_by("name", "pk")
    )
    return [
        KindOfCodes(
            kind=kind,
            label=str(CodeKind(kind).label),
            initial=INITIALS[kind],
            css=CLASSES[kind],
            codes=tuple(code for code in rows if code.kind == kind),
        )
        for kind in CodeKind.values
        if any(code.kind == kind for code in rows)
    ]


def code_numbers(enquiry: Enquiry) -> dict[int, str]:
    """What tells codes apart under the words, by code id: the kind's initial and a number, such as "B4".

    A code keeps its number for good: codes are counted by kind in the order in which they came, retired
    ones included. One query.
    """
    counts: dict[str, int] = {}
    found: dict[int, str] = {}
    rows = Code.objects.filter(codebook__enquiry=enquiry).order_by("pk").values_list("pk", "kind")
    for pk, kind in rows:
        counts[kind] = counts.get(kind, 0) + 1
        found[pk] = f"{INITIALS[kind]}{counts[kind]}"
    return found
