"""What the public site stands on, made where it is missing."""

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page, Site

from accounts import wall
from accounts.models import Partner, Role, User
from publishing import editors
from publishing.models import HomePage, PlainPage, SuitePage

# Address, title, in the menu at the top, at the foot of every page. Words: templates/publishing/first/.
PLAIN_PAGES = (
    ("how-we-do-this", _("How we do this"), True, False),
    ("support", _("More people you can talk to"), False, True),
    ("privacy", _("Privacy, and taking your words back"), False, True),
    ("for-everyone", _("How this site works for everyone"), False, True),
    ("leaving", _("How to clear your history"), False, True),
)


def _first_words(slug: str) -> str:
    """The words a page begins with, as rich text on one line."""
    return " ".join(render_to_string(f"publishing/first/{slug.replace('-', '_')}.html").split())


@transaction.atomic
def prepare(*, hostname: str, port: int) -> dict[str, int]:
    """Locales, the home page as the site's root, plain pages, shelves and groups, where they are missing.

    Returns:
        Ids and counts: `home`, `locales`, `plain_pages`, `shelves`, `editors`.
    """
    for code, _name in settings.WAGTAIL_CONTENT_LANGUAGES:
        Locale.objects.get_or_create(language_code=code)
    home = _home()
    _site(home, hostname, port)
    for slug, title, in_menu, in_foot in PLAIN_PAGES:
        if PlainPage.objects.child_of(home).filter(slug=slug).exists():
            continue
        page = PlainPage(
            title=str(title),
            slug=slug,
            body=[("text", _first_words(slug))],
            show_in_menus=in_menu,
            is_in_foot=in_foot,
            live=False,
        )
        home.add_child(instance=page)
        page.save_revision().publish()
    for partner in Partner.objects.filter(left_on=None):
        editors.shelf_of(partner)
    with wall.acting_for(partners=Partner.objects.values_list("pk", flat=True)):
        people = list(User.objects.filter(memberships__role__in=[Role.EDITOR, Role.REVIEWER]).distinct())
    for user in people:
        editors.sync_editor_access(user)
    return {
        "home": home.pk,
        "locales": Locale.objects.count(),
        "plain_pages": PlainPage.objects.count(),
        "shelves": SuitePage.objects.count(),
        "editors": len(people),
    }


def _home() -> HomePage:
    found = HomePage.objects.filter(alias_of=None).order_by("path").first()
    if found is not None:
        return found
    root = Page.get_first_root_node()
    assert root is not None
    # Wagtail's own migration leaves a page of welcome at the address a home page would like to have.
    for welcome in root.get_children().filter(slug="home", content_type__model="page"):
        welcome.delete()
    root = Page.objects.get(pk=root.pk)
    home = HomePage(
        title="Wisdoms",
        slug="home",
        locale=Locale.get_default(),
        how_we_listen=_first_words("how-we-listen"),
        talk=_first_words("talk"),
        live=False,
    )
    root.add_child(instance=home)
    home.save_revision().publish()
    return HomePage.objects.get(pk=home.pk)


def _site(home: HomePage, hostname: str, port: int) -> None:
    found = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    if found.root_page_id == home.pk and found.hostname == hostname and found.port == port:
        return
    found.hostname, found.port, found.site_name, found.root_page = hostname, port, "Wisdoms", home
    found.save()
