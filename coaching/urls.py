from django.urls import path

from coaching.views import beside, imports, partner

app_name = "coaching"
urlpatterns = [
    path("enquiries/<int:pk>/beside/", beside.beside, name="beside"),
    path("enquiries/<int:pk>/beside/figure/", beside.freeze, name="freeze"),
    path("enquiries/<int:pk>/beside/new/", beside.set_beside, name="set_beside"),
    path("enquiries/<int:pk>/beside/<int:row_id>/remove/", beside.remove, name="remove_beside"),
    path("partner/figures/", partner.figures, name="figures"),
    path("partner/figures/new/", partner.freeze, name="freeze_partner"),
    path("partner/records/", imports.bring_in, name="import"),
    path("partner/records/<int:pk>/", imports.batch, name="import_batch"),
    path("partner/records/<int:pk>/take-in/", imports.take_in, name="import_take_in"),
    path("partner/records/<int:pk>/leave/", imports.leave, name="import_leave"),
]
