"""Who may enter the editor's pages, derived from the roles people hold.

Wagtail asks groups and page permissions; we keep roles at partners. The groups here are a copy of the roles:
an editor of a partner may write on that partner's shelf and nowhere else, a second reader may enter to read
and sign. The copy is made anew whenever a role begins or ends, and at each sign-in.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import post_save
from django.utils.text import slugify
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from accounts import wall
from accounts.models import Membership, Partner, Role, User
from accounts.permissions import current_memberships
from publishing.models.pages import HomePage, SuitePage

READERS_GROUP = "Second readers of pages"
SHELF_PERMISSIONS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")
PREFIXES = ("Editors of partner ", READERS_GROUP)
# Roles that open the editor's pages.
WATCHED = frozenset({Role.EDITOR, Role.REVIEWER})


def editors_group(partner: Partner) -> str:
    """Name of the group of a partner's editors; the id keeps it true when the partner is renamed."""
    return f"Editors of partner {partner.pk}"


def shelf_of(partner: Partner) -> SuitePage | None:
    """The partner's shelf, made now if need be; None while the site has no home page yet."""
    found = SuitePage.objects.filter(partner=partner, alias_of=None).first()
    if found is not None:
        return found
    home = HomePage.objects.filter(alias_of=None).order_by("path").first()
    if home is None:
        return None
    shelf = SuitePage(title=partner.name, slug=_free_slug(home, partner), partner=partner, live=False)
    home.add_child(instance=shelf)
    shelf.save_revision().publish()
    return SuitePage.objects.get(pk=shelf.pk)


def _free_slug(home: Page, partner: Partner) -> str:
    slug = partner.slug or slugify(partner.name) or f"partner-{partner.pk}"
    return slug if not home.get_children().filter(slug=slug).exists() else f"{slug}-{partner.pk}"


def _may_enter(group: Group) -> None:
    group.permissions.add(
        Permission.objects.get(codename="access_admin", content_type__app_label="wagtailadmin")
    )


def _group_of_editors(partner: Partner) -> Group:
    group, made = Group.objects.get_or_create(name=editors_group(partner))
    if made:
        _may_enter(group)
    shelf = shelf_of(partner)
    if shelf is not None:
        for codename in SHELF_PERMISSIONS:
            permission = Permission.objects.get(codename=codename, content_type__app_label="wagtailcore")
            GroupPagePermission.objects.get_or_create(group=group, page=shelf, permission=permission)
    collection, _made = _collection_of(partner)
    for codename in ("add_image", "change_image", "choose_image"):
        permission = Permission.objects.get(codename=codename, content_type__app_label="wagtailimages")
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=collection, permission=permission
        )
    return group


def _collection_of(partner: Partner) -> tuple[Collection, bool]:
    name = f"Pictures of partner {partner.pk}"
    found = Collection.objects.filter(name=name).first()
    if found is not None:
        return found, False
    root = Collection.get_first_root_node()
    assert root is not None
    return root.add_child(name=name), True


@transaction.atomic
def sync_editor_access(user: User) -> None:
    """Make the user's groups say what their roles say now. Safe to call at any time."""
    # At a sign-in, and while somebody else gives a role, the door is not this user's own.
    with wall.acting_for(partners=(), user_id=user.pk):
        memberships = list(current_memberships(user))
    wanted: set[Group] = {
        _group_of_editors(membership.partner) for membership in memberships if membership.role == Role.EDITOR
    }
    if any(membership.role == Role.REVIEWER for membership in memberships):
        readers, made = Group.objects.get_or_create(name=READERS_GROUP)
        if made:
            _may_enter(readers)
        wanted.add(readers)
    held = {group for group in user.groups.all() if group.name.startswith(PREFIXES)}
    user.groups.remove(*(held - wanted))
    user.groups.add(*(wanted - held))


def _role_changed(sender: type[Membership], instance: Membership, raw: bool = False, **_kwargs: Any) -> None:
    if not raw and instance.role in WATCHED:
        sync_editor_access(instance.user)


def _signed_in(sender: object, user: Any, **_kwargs: Any) -> None:
    if isinstance(user, User):
        sync_editor_access(user)


def keep_in_step() -> None:
    """Connect the copy to what it is a copy of."""
    post_save.connect(_role_changed, sender=Membership, dispatch_uid="publishing.editors.role_changed")
    user_logged_in.connect(_signed_in, dispatch_uid="publishing.editors.signed_in")
