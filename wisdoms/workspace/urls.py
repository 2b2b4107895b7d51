from django.urls import path

from wisdoms.workspace import search, views

app_name = "workspace"
urlpatterns = [
    path("", views.home, name="home"),
    path("enquiries/<int:pk>/", views.enquiry, name="enquiry"),
    path("enquiries/<int:pk>/search/", search.in_enquiry, name="search_enquiry"),
    path("search/", search.everywhere, name="search"),
    path("conversations/<int:pk>/", views.conversation, name="conversation"),
    path("work/", views.works, name="works"),
    path("work/<int:pk>/", views.work, name="work"),
    path("work/<int:pk>/again/", views.retry, name="retry"),
]
