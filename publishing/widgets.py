"""Choosers of the editor's pages: a list to search in, limited to the report's own enquiry."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import BaseChooser

from publishing import selectors

# The hidden field that `publishing/admin/of_enquiry.html` puts into the form of a page.
OF_ENQUIRY = "#of-enquiry"


class RowChooser(BaseChooser):
    """Chooses one row by id. What it shows is looked up each time the form is drawn."""

    show_edit_link = False
    linked_fields: ClassVar[dict[str, str]] = {"enquiry": OF_ENQUIRY}
    choose_one_text = _("Choose")
    choose_another_text = _("Choose another")
    gone_text = _("Number %(id)s may not be shown any more. Take it out or choose another.")

    def get_value_data(self, value: Any) -> dict[str, Any] | None:
        """`{"id", "title", "edit_url"}`; a number that may not be shown says so instead of its words."""
        if value in (None, ""):
            return None
        found = self.title_of(int(value))
        return {"id": int(value), "title": found or self.gone_text % {"id": value}, "edit_url": None}

    def title_of(self, pk: int) -> str | None:
        """What stands in the form for the row; None when it may not be shown."""
        raise NotImplementedError

    def get_display_title(self, instance: Model) -> str:
        return self.title_of(instance.pk) or self.gone_text % {"id": instance.pk}


class QuoteChooser(RowChooser):
    model = "themes.Quote"
    chooser_modal_url_name = "publishing_quotes:choose"
    choose_one_text = _("Choose a quote")
    choose_another_text = _("Choose another quote")
    icon = "openquote"

    def title_of(self, pk: int) -> str | None:
        shown = selectors.shown_quotes([pk]).get(pk)
        return Truncator(f"{shown.voice_label}: “{shown.shown}”").chars(160) if shown else None


class FigureChooser(RowChooser):
    model = "coaching.PublishedFigure"
    chooser_modal_url_name = "publishing_figures:choose"
    choose_one_text = _("Choose a figure")
    choose_another_text = _("Choose another figure")
    icon = "table"

    def title_of(self, pk: int) -> str | None:
        figure = selectors.figures([pk]).get(pk)
        return figure.heading if figure else None


class JointDisplayChooser(RowChooser):
    model = "coaching.JointDisplay"
    chooser_modal_url_name = "publishing_displays:choose"
    choose_one_text = _("Choose what was heard and counted")
    choose_another_text = _("Choose another")
    icon = "list-ul"

    def title_of(self, pk: int) -> str | None:
        display = selectors.joint_displays([pk]).get(pk)
        return display.topic if display else None
