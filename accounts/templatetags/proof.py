from django import template
from django.template import Context

from accounts import recent

register = template.Library()


@register.simple_tag(takes_context=True)
def proof_wanted(context: Context) -> str:
    """Address where the reader proves who they are before sound is played to them; empty where they have.

    Also inside `{% include … only %}`: the request goes along with every context.
    """
    request = getattr(context, "request", None)
    if request is None or not request.user.is_authenticated or recent.is_proved(request):
        return ""
    return recent.proof_address(request)
