"""Small parts of a person's own pages."""

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
WELSH = "/cy"


@register.simple_tag
def other_language(request: HttpRequest) -> SafeString:
    """A link to the same page in the other language, named in that language."""
    path = request.path
    if path.startswith(f"{WELSH}/"):
        return format_html(
            '<a class="lang" href="{}" lang="en" hreflang="en">English</a>', path[len(WELSH) :]
        )
    return format_html('<a class="lang" href="{}{}" lang="cy" hreflang="cy">Cymraeg</a>', WELSH, path)
