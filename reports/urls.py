from django.urls import path

from reports.views import events
from reports.views.briefing import briefing
from reports.views.compare import compare
from reports.views.export_report import export_report
from reports.views.overview import overview
from reports.views.recognised import recognised
from reports.views.settling import settling, settling_enter
from reports.views.target import target
from reports.views.unit import unit

urlpatterns = [
    path("", overview, name="overview"),
    path("compare/", compare, name="compare"),
    path("briefing/", briefing, name="briefing"),
    path("briefing/<str:suffix>/", export_report, name="export_report"),
    path("progress/settling/", settling, name="settling"),
    path("progress/settling/enter/", settling_enter, name="settling_enter"),
    path("progress/<str:code>/", target, name="target"),
    path("registers/recognitions/no-longer-met/", recognised, name="recognised"),
    path("communes/<row:pk>/", unit, name="unit"),
    path("communes/events/", events.events, name="events"),
    path("communes/events/new/", events.event_new, name="event_new"),
    path("communes/events/<row:pk>/", events.event, name="event"),
    path("communes/events/<row:pk>/edit/", events.event_edit, name="event_edit"),
    path("communes/events/<row:pk>/submit/", events.event_submit, name="event_submit"),
    path("communes/events/<row:pk>/withdraw/", events.event_withdraw, name="event_withdraw"),
    path("communes/events/<row:pk>/delete/", events.event_delete, name="event_delete"),
    path("communes/events/<row:pk>/approve/", events.event_approve, name="event_approve"),
    path("communes/events/<row:pk>/return/", events.event_return, name="event_return"),
    path("communes/events/<row:pk>/undo/", events.event_undo, name="event_undo"),
]
