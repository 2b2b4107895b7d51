"""Addresses of the public pages. Anything this does not find goes on to Wagtail."""

from django.urls import URLPattern, re_path

from publishing import views

app_name = "publishing"
urlpatterns: list[URLPattern] = [re_path(r"^((?:[\w\-]+/)*)$", views.public_page, name="page")]
