from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("work-as/<int:membership_id>/", views.work_as, name="work_as"),
    path("demo-sign-in/", views.demo_sign_in, name="demo_sign_in"),
]
