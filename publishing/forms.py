"""Forms of the editor's pages. They offer only what belongs to the report's own enquiry."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm

from enquiries.models import Enquiry
from publishing import selectors
from publishing.principles import PRINCIPLES


class GatedPageForm(WagtailAdminPageForm):
    """A page form whose new pages begin as drafts.

    Where somebody makes a page and presses Publish at once, Wagtail would add it live first and ask
    afterwards. As a draft it is kept, and the gate says what is missing.
    """

    def save(self, commit: bool = True) -> Any:
        if self.instance.pk is None:
            self.instance.live = False
        return super().save(commit=commit)


class OfEnquiryForm(GatedPageForm):
    """A page form that knows the enquiry its page draws on, and refuses ids from anywhere else."""

    def of_enquiry(self) -> Enquiry | None:
        """The enquiry of the page, or of the page it will stand under; None before one is chosen."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        enquiry = self.of_enquiry()
        for name in (*self.instance.stream_fields, "opening_quote"):
            if name not in cleaned or cleaned[name] is None:
                continue
            problem = self._from_elsewhere(name, cleaned[name], enquiry.pk if enquiry else None)
            if problem:
                self.add_error(name, problem)
        return cleaned

    def _from_elsewhere(self, name: str, value: Any, enquiry_id: int | None) -> ValidationError | None:
        from publishing.gathering import Uses, uses_of

        uses = Uses([value]) if name == "opening_quote" else uses_of(value.stream_block, value)
        user = self.for_user
        for wanted, rows, sentence in (
            (
                uses.quotes,
                selectors.choosable_quotes,
                _("Quote %(ids)s is not among the agreed quotes of this enquiry. Choose another."),
            ),
            (
                uses.figures,
                selectors.choosable_figures,
                _("Figure %(ids)s is not among the frozen figures of this enquiry. Choose another."),
            ),
            (
                uses.displays,
                selectors.choosable_displays,
                _("Display %(ids)s does not belong to this enquiry. Choose another."),
            ),
        ):
            if not wanted:
                continue
            known = set(rows(user, enquiry_id).filter(pk__in=wanted).values_list("pk", flat=True))
            strange = [str(pk) for pk in wanted if pk not in known]
            if strange:
                return ValidationError(sentence, params={"ids": ", ".join(strange)})
        return None


class ReportForm(OfEnquiryForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("enquiry")
        if isinstance(field, forms.ModelChoiceField) and self.for_user is not None:
            rows = selectors.choosable_enquiries(self.for_user)
            partner_id = getattr(self.parent_page.specific, "partner_id", None) if self.parent_page else None
            field.queryset = rows.filter(partner_id=partner_id) if partner_id else rows

    def of_enquiry(self) -> Enquiry | None:
        """The chosen enquiry: what the form says, else what the page says."""
        chosen = getattr(self, "cleaned_data", {}).get("enquiry")
        if chosen is not None:
            return chosen
        return self.instance.enquiry if self.instance.enquiry_id else None


class WisdomForm(OfEnquiryForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        enquiry = self.of_enquiry()
        enquiry_id = enquiry.pk if enquiry else None
        if "theme" in self.fields:
            self.fields["theme"].queryset = selectors.themes_of(enquiry_id or 0)
        if "principles" in self.fields:
            self.fields["principles"] = forms.MultipleChoiceField(
                choices=PRINCIPLES,
                required=False,
                label=_("Principles"),
                widget=forms.CheckboxSelectMultiple,
            )
        if "code_ids" in self.fields:
            codes = selectors.codes_of(enquiry_id or 0).values_list("pk", "name", "kind")
            self.fields["code_ids"] = forms.TypedMultipleChoiceField(
                choices=[(pk, name) for pk, name, _kind in codes],
                coerce=int,
                required=False,
                label=_("Tags"),
                widget=forms.CheckboxSelectMultiple,
            )

    def of_enquiry(self) -> Enquiry | None:
        parent = self.parent_page.specific if self.parent_page else None
        return getattr(parent, "enquiry", None)
