from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from communes.events.steps import refusal_to_look
from communes.forms import UnitFilterForm
from communes.models import UnitVersion
from communes.search import search

PAGE = 50
FORMER = 20  # how many units that do not live on the day a search also names


def units(request: HttpRequest) -> HttpResponse:
    """Đơn vị hành chính: the units living on a day, found by name without accents, code, level or district."""
    visible = UnitVersion.objects.visible_to(request.user)
    form = UnitFilterForm(request.GET, visible=visible)
    form.is_valid()
    asked, living = form.cleaned_data, visible.as_of(form.day)
    found, former = living.by_level(), UnitVersion.objects.none()
    if asked.get("q"):
        found = search(living, asked["q"])
        former = search(visible.last_of_each_unit().exclude(unit__in=living.values("unit")), asked["q"])
    pages = Paginator(form.narrow(found).with_parent(form.day).select_related("unit"), PAGE)
    context = {
        "form": form,
        "sees_events": not refusal_to_look(getattr(request.user, "role", "")),
        "page": pages.get_page(request.GET.get("page")),
        "former": form.narrow(former).with_parent().select_related("unit")[:FORMER],
    }
    return render(request, "units.html", context)
