"""Wagtail's choosers without a script inside the page, which the editor's content policy forbids.

Wagtail renders `<script>new ImageChooser(...)</script>` after each chooser. Here the same is said as data,
and static/js/editor_starts.js starts it. Templates under templates/wagtailadmin do so for dates and panels.
"""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.admin.widgets.chooser import BaseChooser


def _render(
    self: BaseChooser, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
) -> SafeString:
    """The chooser and, as data, how it is started.

    Raises:
        TypeError: `attrs` has no id, without which no chooser can be started.
    """
    if not attrs or "id" not in attrs:
        raise TypeError("A chooser cannot be rendered without an id among its attributes.")
    shown = self.get_value_data(value)
    options = json.dumps(self.get_js_init_options(attrs["id"], name, shown))
    return format_html(
        '{}<template data-starts="{}" data-id="{}" data-options="{}"></template>',
        mark_safe(self.render_html(name, shown, attrs)),  # noqa: S308 (Wagtail's own template, which escapes)
        self.js_constructor,
        attrs["id"],
        options,
    )


def start_by_data() -> None:
    """Have every chooser of the editor rendered so; Wagtail offers no setting for it."""
    BaseChooser.render = _render
