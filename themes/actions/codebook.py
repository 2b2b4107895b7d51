"""Starting and changing a code list. Every change makes a version that holds the whole list."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries.models import Enquiry
from themes.errors import CodeRetired, NameMissing, NameTaken
from themes.models import Code, Codebook, CodebookVersion, CodeKind
from themes.starter import STARTER_CODES

CHANGEABLE = ("name", "definition", "system", "level", "harm", "local_name")


@dataclass(frozen=True, slots=True)
class NewCode:
    """What a code is made from; `kind` is a `CodeKind`, `system` and `level` may be empty."""

    name: str
    kind: str
    definition: str
    system: str = ""
    level: str = ""
    harm: str = ""
    local_name: str = ""
    slug: str = ""


@transaction.atomic
def start_codebook(*, enquiry: Enquiry, by: User) -> Codebook:
    """The enquiry's code list, with the starter codes as version 1; the one it has, when it has one."""
    check(by, "code.change", enquiry)
    codebook, is_new = Codebook.objects.get_or_create(
        enquiry=enquiry, defaults={"partner_id": enquiry.partner_id}
    )
    if not is_new:
        return codebook
    Code.objects.bulk_create(
        Code(codebook=codebook, partner_id=enquiry.partner_id, **asdict(code)) for code in STARTER_CODES
    )
    _keep_version(codebook, by=by, note=_("Started with %(n)d codes.") % {"n": len(STARTER_CODES)})
    record("codebook.started", by=by, about=codebook, n_codes=len(STARTER_CODES))
    return codebook


@transaction.atomic
def add_code(*, codebook: Codebook, code: NewCode, by: User, note: str = "") -> Code:
    """Add a code.

    Raises:
        NameMissing: no name, no definition, or a kind that is none of the four.
        NameTaken: a code of that name, or of that slug, is in the list; retired ones count.
    """
    check(by, "code.change", codebook.enquiry)
    _lock(codebook)
    name, definition = code.name.strip(), code.definition.strip()
    if not name:
        raise NameMissing(_("Write a name for the code."))
    if not definition:
        raise NameMissing(_("Write what the code means, so that two readers use it alike."))
    if code.kind not in CodeKind.values:
        raise NameMissing(_("Choose what kind of code it is."))
    slug = code.slug or slugify(name)[:60]
    if not slug:
        raise NameMissing(_("Write a name with at least one letter or number in it."))
    _check_free(codebook, name, slug)
    made = Code.objects.create(
        codebook=codebook,
        partner_id=codebook.partner_id,
        slug=slug,
        name=name,
        kind=code.kind,
        definition=definition,
        system=code.system,
        level=code.level,
        harm=code.harm.strip(),
        local_name=code.local_name.strip(),
    )
    _keep_version(codebook, by=by, note=note or _("Added “%(name)s”.") % {"name": name})
    record("code.added", by=by, about=made)
    return made


@transaction.atomic
def change_code(*, code: Code, by: User, note: str = "", **changes: str) -> Code:
    """Change a code's name, meaning or facets; its kind and slug stay, since tags and pages rest on them.

    Args:
        changes: any of name, definition, system, level, harm, local_name.
    """
    codebook = code.codebook
    check(by, "code.change", codebook.enquiry)
    _lock(codebook)
    code.refresh_from_db()
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"A code has no changeable {sorted(unknown)}.")
    for field, value in changes.items():
        setattr(code, field, value.strip())
    if not code.name or not code.definition:
        raise NameMissing(_("A code needs a name and a meaning."))
    _check_free(codebook, code.name, "", but=code)
    code.save(update_fields=[*changes])
    _keep_version(codebook, by=by, note=note or _("Changed “%(name)s”.") % {"name": code.name})
    record("code.changed", by=by, about=code, fields=sorted(changes))
    return code


@transaction.atomic
def retire_code(*, code: Code, by: User, note: str = "") -> Code:
    """Take a code out of use. Tags that carry it stay as they are; it takes no new ones."""
    codebook = code.codebook
    check(by, "code.change", codebook.enquiry)
    _lock(codebook)
    code.refresh_from_db()
    if code.retired_at:
        return code
    code.retired_at = timezone.now()
    code.save(update_fields=["retired_at"])
    _keep_version(codebook, by=by, note=note or _("Retired “%(name)s”.") % {"name": code.name})
    record("code.retired", by=by, about=code)
    return code


def check_in_use(code: Code) -> None:
    """Raise CodeRetired when the code takes no new tags."""
    if code.retired_at:
        raise CodeRetired(_("This code was retired. Choose one that is in use."))


def _lock(codebook: Codebook) -> None:
    """Two changes at once would make two versions of one number."""
    Codebook.objects.select_for_update().get(pk=codebook.pk)


def _check_free(codebook: Codebook, name: str, slug: str, *, but: Code | None = None) -> None:
    others = codebook.codes.exclude(pk=but.pk) if but else codebook.codes.all()
    if others.filter(name__iexact=name).exists() or (slug and others.filter(slug=slug).exists()):
        raise NameTaken(_("There is a code of that name already. Change that one, or choose another name."))


def _keep_version(codebook: Codebook, *, by: User, note: str) -> CodebookVersion:
    latest = codebook.versions.aggregate(number=Max("number"))["number"] or 0
    rows = codebook.codes.order_by("pk").values(
        "id", "slug", "name", "kind", "definition", "system", "level", "harm", "local_name", "retired_at"
    )
    codes: list[dict[str, Any]] = [
        {**row, "retired_at": row["retired_at"].isoformat() if row["retired_at"] else None} for row in rows
    ]
    return CodebookVersion.objects.create(
        partner_id=codebook.partner_id,
        codebook=codebook,
        number=latest + 1,
        note=note[:300],
        codes=codes,
        made_by=by,
    )
