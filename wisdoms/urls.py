from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from accounts import policy
from wisdoms.components import components
from wisdoms.media import picture
from wisdoms.workspace import urls as workspace_urls

# Pages for what went wrong, in our look.
handler400 = "wisdoms.problems.bad_request"
handler403 = "wisdoms.problems.permission_denied"
handler404 = "wisdoms.problems.page_not_found"
handler429 = "wisdoms.problems.too_many"
handler500 = "wisdoms.problems.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("workspace/", include(workspace_urls)),
    path("workspace/care/", include("wisdoms.care.urls")),
    path("workspace/", include("enquiries.urls")),
    path("workspace/", include("portal.yours.staff_urls")),
    path("workspace/", include("transcripts.urls")),
    path("workspace/", include("themes.urls")),
    path("workspace/", include("coaching.urls")),
    path("coach/", include("portal.urls")),
    path("accounts/", include("accounts.sign_in_urls")),
    # Whoever has no password yet is given one by letter, like whoever forgot theirs.
    path(
        "accounts/password/set/",
        policy.public(RedirectView.as_view(pattern_name="account_reset_password")),
        name="account_set_password",
    ),
    path("", include("accounts.urls")),
    # One way to sign in: Wagtail's own form would go round the second factor.
    path(
        "cms/login/",
        policy.public(RedirectView.as_view(pattern_name="account_login", query_string=True)),
    ),
    path("cms/", include(wagtailadmin_urls)),
    path("media/images/<str:name>", picture, name="picture"),
    path("documents/", include(wagtaildocs_urls)),
    # Before the public pages, whose pattern takes every address that is left.
    *([path("components/", components, name="components")] if settings.DEBUG else []),
]

# Public pages: English at /, Welsh at /cy/.
urlpatterns += i18n_patterns(
    path("yours/", include("portal.yours.urls")),
    path("", include("publishing.urls")),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)
