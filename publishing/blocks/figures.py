"""What was counted, and what was heard beside it. Frozen elsewhere, chosen by number here."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from publishing.blocks.ids import FigureIdBlock, JointDisplayIdBlock
from publishing.gathering import gather_block, gathered_in, made_up


class _LooksUpFigures(blocks.StructBlock):
    """Gives its template `figure` and `display`: what was chosen here, or None where it is gone."""

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        gathered = gathered_in(parent_context) or gather_block(self, value)
        context["gathered"] = gathered
        context["figure"] = gathered.figures.get(value.get("figure"))
        context["display"] = gathered.displays.get(value.get("display"))
        return context

    def get_preview_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_preview_context(value, parent_context=parent_context)
        context["gathered"] = made_up()
        return context


class FigureBlock(_LooksUpFigures):
    figure = FigureIdBlock()

    class Meta:
        icon = "table"
        label = _("Figure")
        description = _("A frozen figure that has passed the rules that keep people safe in small groups.")
        template = "publishing/blocks/figure.html"
        preview_value = {"figure": 1}


class JointDisplayBlock(_LooksUpFigures):
    display = JointDisplayIdBlock()

    class Meta:
        icon = "list-ul"
        label = _("Heard and counted")
        description = _("A theme set beside a figure, with what we read across both.")
        template = "publishing/blocks/joint_display.html"
        preview_value = {"display": 1}
