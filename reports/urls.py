from django.urls import path

from reports.views.overview import overview
from reports.views.target import target
from reports.views.unit import unit

urlpatterns = [
    path("", overview, name="overview"),
    path("progress/<str:code>/", target, name="target"),
    path("communes/<int:pk>/", unit, name="unit"),
]
