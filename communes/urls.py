from django.urls import path

from communes import views

urlpatterns = [
    path("communes/", views.units, name="units"),
]
