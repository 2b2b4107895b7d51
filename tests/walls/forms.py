"""Reading the forms of a page as a browser does, and filling them in as somebody in good faith would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.utils import timezone

from tests.walls.marks import MARK

Pair = tuple[str, str]


@dataclass
class Field:
    """One name in a form. `choices` holds the values of options, radios and boxes."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    is_required: bool = False


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[Pair] = field(default_factory=list)

    def filled(self) -> dict[str, list[str]]:
        """Values to send: what stands there, else the first choice, else something plausible."""
        sent: dict[str, list[str]] = {}
        for each in self.fields.values():
            if each.kind == "file":
                continue
            values = [value for value in each.values if value]
            if not values and each.kind in ("radio", "select", "checkbox"):
                values = [value for value in each.choices if value][:1]
            if not values:
                values = [_PLAUSIBLE.get(each.kind, "Some words")]
            # What a person typed here before may carry a mark; sent back by us it would look like a leak.
            sent[each.name] = [MARK.sub("words", value) for value in values]
        if self.buttons:
            name, value = self.buttons[0]
            sent.setdefault(name, [value])
        return sent


_PLAUSIBLE = {
    "date": timezone.localdate().isoformat(),
    "email": "somebody@example.org",
    "hidden": "",
    "number": "1",
    "url": "https://example.org/",
}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.by_id: dict[str, Form] = {}
        self._open: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
            if "id" in given:
                self.by_id[given["id"]] = self._open
            return
        if tag == "a":
            self.links.append(given.get("href", ""))
            return
        if tag == "option" and self._select is not None:
            value = given.get("value", "")
            self._select.choices.append(value)
            if "selected" in given:
                self._select.values.append(value)
            return
        for way in ("hx-post", "hx-get"):
            if way in given and tag != "form":
                self.links.append(given[way])
        form = self.by_id.get(given.get("form", "")) or self._open
        name = given.get("name", "")
        if form is None or not name or name == "csrfmiddlewaretoken":
            return
        kind = tag if tag in ("select", "textarea") else given.get("type", "text").lower()
        if tag == "button" or kind in ("submit", "image"):
            form.buttons.append((name, given.get("value", "")))
            return
        if tag not in ("input", "select", "textarea"):
            return
        found = form.fields.setdefault(name, Field(name, kind))
        found.is_required |= "required" in given
        if tag == "select":
            self._select = found
        elif tag == "textarea":
            self._area = found
        elif kind in ("radio", "checkbox"):
            value = given.get("value", "on")
            found.choices.append(value)
            if "checked" in given:
                found.values.append(value)
        else:
            found.values.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and data.strip():
            self._area.values.append(data.strip())


def read(html: str) -> tuple[list[Form], list[str]]:
    """The forms of a page, and the addresses it leads to."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms, reader.links


def flat(sent: dict[str, list[str]]) -> list[Pair]:
    return [(name, value) for name, values in sent.items() for value in values]


def with_value(sent: dict[str, list[str]], name: str, value: Any) -> dict[str, list[str]]:
    return {**sent, name: [str(value)]}
