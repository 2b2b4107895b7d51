"""Lists to choose quotes, figures and displays from, limited to what this editor may place."""

from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from accounts.models import User
from publishing import selectors
from publishing.widgets import FigureChooser, JointDisplayChooser, QuoteChooser, RowChooser


class WordsFilterForm(BaseFilterForm):
    """Searches in the rows themselves. There is no search index of people's words, and there must be none."""

    search_in: tuple[str, ...] = ()

    q = forms.CharField(label=_("Search"), required=False)

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        objects = super().filter(objects)
        words = self.cleaned_data.get("q", "").strip()
        if words:
            wanted = Q()
            for name in self.search_in:
                wanted |= Q(**{f"{name}__icontains": words})
            objects = objects.filter(wanted)
            self.is_searching = True
            self.search_query = words
        return objects


class _Limited:
    """What choose, results and chosen share: rows this editor may place, of one enquiry where it is known."""

    request: HttpRequest
    widget: RowChooser

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def get_object_list(self) -> QuerySet[Any]:
        return self.rows()

    def get_object(self, pk: str) -> Model:
        """The row, or ObjectDoesNotExist, which becomes 404, when it is not among those to choose from."""
        if not str(pk).isdigit():
            raise ObjectDoesNotExist
        found: Model = self.rows().get(pk=pk)
        return found

    def get_display_title(self, instance: Model) -> str:
        return self.widget.get_display_title(instance)

    def get_edit_item_url(self, instance: Model) -> None:
        return None

    def can_create(self) -> bool:
        return False

    def enquiry_id(self) -> int | None:
        asked = self.request.GET.get("enquiry", "")
        return int(asked) if asked.isdigit() else None

    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def title_of(self, row: Any) -> str:
        return str(row)

    @property
    def title_column(self) -> TitleColumn:
        return TitleColumn(
            "title",
            label=self.title_label,  # type: ignore[attr-defined]
            accessor=self.title_of,
            get_url=lambda row: self.append_preserved_url_parameters(  # type: ignore[attr-defined]
                reverse(self.chosen_url_name, args=[row.pk])  # type: ignore[attr-defined]
            ),
            link_attrs={"data-chooser-modal-choice": True},
        )


class _Quotes(_Limited):
    widget = QuoteChooser()
    title_label = _("Words")

    class filter_form_class(WordsFilterForm):  # noqa: N801
        search_in = ("shown",)

    def rows(self) -> QuerySet[Any]:
        return selectors.choosable_quotes(self.user(), self.enquiry_id())

    def title_of(self, row: Any) -> str:
        return Truncator(f"“{row.shown}”").chars(400)

    @property
    def columns(self) -> list[Column]:
        return [
            self.title_column,
            Column("voice", label=_("Who is speaking"), accessor=lambda row: row.get_voice_display()),
            Column("number", label=_("Number"), accessor="pk"),
        ]


class _Figures(_Limited):
    widget = FigureChooser()
    title_label = _("What was counted")

    class filter_form_class(WordsFilterForm):  # noqa: N801
        search_in = ("title",)

    def rows(self) -> QuerySet[Any]:
        return selectors.choosable_figures(self.user(), self.enquiry_id())

    @property
    def columns(self) -> list[Column]:
        return [self.title_column, Column("frozen_at", label=_("Frozen"), accessor="frozen_at")]


class _Displays(_Limited):
    widget = JointDisplayChooser()
    title_label = _("What it is about")

    class filter_form_class(WordsFilterForm):  # noqa: N801
        search_in = ("topic", "heard")

    def rows(self) -> QuerySet[Any]:
        return selectors.choosable_displays(self.user(), self.enquiry_id())

    @property
    def columns(self) -> list[Column]:
        return [
            self.title_column,
            Column("heard", label=_("Heard"), accessor="heard"),
            Column("relation", label=_("Reading"), accessor=lambda row: row.get_relation_display()),
        ]


def _viewset(name: str, model: str, limited: type[_Limited], icon: str, text: Any) -> ChooserViewSet:
    """A chooser of Wagtail whose every view sees only what `limited` lets through."""
    made: type[ChooserViewSet] = type(
        f"{name.title()}ViewSet",
        (ChooserViewSet,),
        {
            "model": model,
            "icon": icon,
            "choose_one_text": text,
            "page_title": text,
            "register_widget": False,
            "per_page": 12,
            "preserve_url_parameters": ["multiple", "enquiry"],
            "choose_view_class": type("Choose", (limited, chooser.ChooseView), {}),
            "choose_results_view_class": type("Results", (limited, chooser.ChooseResultsView), {}),
            "chosen_view_class": type("Chosen", (limited, chooser.ChosenView), {}),
            "chosen_multiple_view_class": type(
                "ChosenMultiple",
                (limited, chooser.ChosenMultipleView),
                {"get_objects": lambda self, pks: self.rows().filter(pk__in=pks)},
            ),
        },
    )
    return made(f"publishing_{name}", url_prefix=f"choose/{name}")


quotes = _viewset("quotes", "themes.Quote", _Quotes, "openquote", _("Choose a quote"))
figures = _viewset("figures", "coaching.PublishedFigure", _Figures, "table", _("Choose a figure"))
displays = _viewset(
    "displays", "coaching.JointDisplay", _Displays, "list-ul", _("Choose what was heard and counted")
)
