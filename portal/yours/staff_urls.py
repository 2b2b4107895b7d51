"""Colleagues' side of people's own pages."""

from django.urls import path

from portal.yours.views import giving

app_name = "personal_links"
urlpatterns = [
    path("people/<int:pk>/page/", giving.links_page, name="links"),
    path("links/<int:pk>/end/", giving.end, name="end"),
    path("links/<int:pk>/numbers/", giving.numbers, name="numbers"),
]
