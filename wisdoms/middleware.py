"""The content policy of each answer: strict everywhere, looser for the editor under /cms/."""

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

CMS_PREFIX = "/cms/"


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's middleware, with the policy of Wagtail's editor for its own addresses."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the policy header; the editor's pages replace three directives of it."""
        if request.path.startswith(CMS_PREFIX) and not hasattr(response, "_csp_replace"):
            response._csp_replace = settings.CMS_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        return super().process_response(request, response)
