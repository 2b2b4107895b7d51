"""Pictures of the public site, which editors put into Wagtail. What people said is never among them."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

from accounts import policy


@policy.public
@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """One size of a picture, as Wagtail made it; 404 for anything else under the media folder.

    A few small files behind every proxy's cache need no server of their own.
    """
    response = serve(request, name, document_root=str(settings.MEDIA_ROOT / "images"))
    response["Cache-Control"] = "public, max-age=86400"
    # Should a picture ever be more than a picture, it still cannot run anything.
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response
