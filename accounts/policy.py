"""What every view says of itself: to whom it answers at all.

A view carries its policy as `view.policy`, set by one of three decorators, which also enforce it:

- `@policy.public`: anybody, without signing in.
- `@policy.signed_in`: anybody who is signed in, whatever their roles.
- `@policy.needs("noun.verb", …)`: someone signed in one of whose current roles may do one of these actions at
  some partner. Whether they may do it to THIS object is asked by the selector or action behind the view;
  both answer with the same 404 as for an object that does not exist.

They go on functions and on class-based views alike, and other decorators that use `functools.wraps` keep the
policy in sight:

    @require_POST
    @policy.needs("enquiry.frame")
    def frame(request): ...

    @policy.needs("recording.receive")
    class RecordingPage(View): ...

For middleware in this app: `getattr(view, "policy", None)` is the policy of a view of ours. None means a view
of another package: open the staff door when somebody is signed in, and the public door when nobody is.
`wisdoms.policies` knows the policies of those other views and holds them to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View

from accounts import matrix, permissions

Kind = Literal["public", "signed_in", "needs"]
V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """To whom a view answers.

    `actions` are named for the kind `needs` alone: any one of them is enough. `installer_too` lets a
    superuser in without a role: for setting up the editor's pages, where nothing lies that anybody said.
    """

    kind: Kind
    actions: tuple[str, ...] = ()
    installer_too: bool = False

    @property
    def is_public(self) -> bool:
        return self.kind == "public"

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        """The answer for somebody to whom the view is closed, or None where it is open.

        Nobody signed in: the way to sign in, or, for a part that htmx asked for, a word to the browser to go
        there. Signed in without the action anywhere: Http404 is raised, as for an address that leads nowhere.
        """
        if self.is_public:
            return None
        if not request.user.is_authenticated:
            answer = redirect_to_login(request.get_full_path())
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})
            return answer
        if self.installer_too and request.user.is_superuser and request.user.is_active:
            return None
        if self.kind == "needs" and not permissions.partners_where(request.user, *self.actions):
            raise Http404
        return None


PUBLIC = Policy("public")
SIGNED_IN = Policy("signed_in")


def public(view: V) -> V:
    """Answers anybody."""
    return _guard(view, PUBLIC)


def signed_in(view: V) -> V:
    """Answers anybody who is signed in."""
    return _guard(view, SIGNED_IN)


def needs(*actions: str, installer_too: bool = False) -> Callable[[V], V]:
    """Answers those who may do one of `actions` at some partner. KeyError for an unknown action."""
    matrix.roles_with(*actions)
    if not actions:
        raise ValueError("Name at least one action.")
    policy = Policy("needs", actions, installer_too)

    def decorate(view: V) -> V:
        return _guard(view, policy)

    return decorate


def _guard(view: V, policy: Policy) -> V:
    if isinstance(view, type):
        if not issubclass(view, View):
            raise TypeError(f"{view.__name__} is no view.")
        guarded = method_decorator(lambda dispatch: _guard(dispatch, policy), name="dispatch")(view)
        guarded.policy = policy  # type: ignore[attr-defined]
        return guarded

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refusal = policy.refusal(request)
        return view(request, *args, **kwargs) if refusal is None else refusal

    answer.policy = policy  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]
