from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from criteria.views import SignedIn
from reports.forms import FiguresForm
from reports.progress import progress
from reports.reporting import File, file_of, heading_of, report_of
from reports.views.asking import Asked, asked
from reports.views.overview import districts_of

SUFFIXES = ("docx", "xlsx", "csv")


@require_safe
def export_report(request: SignedIn, suffix: str) -> HttpResponse:
    """The figures of the page as Word or Excel, or its table as .csv, of the person's own scope."""
    asking = asked(FiguresForm(request.GET), request.user)
    if asking is None or suffix not in SUFFIXES:
        raise Http404
    figures = progress(asking.scope, asking.day, asking.boundaries)
    report = report_of(asking.scope, figures, districts_of(asking), heading(asking), asking.day, asking.boundaries)
    return handed_over(file_of(report, suffix), f"ket-qua-{asking.day.isoformat()}")


def heading(asking: Asked) -> list[str]:
    """Return the lines above each table of a page's figures."""
    return heading_of(asking.scope.plan, asking.title, asking.day, asking.boundaries)


def handed_over(made: File, name: str) -> HttpResponse:
    """Return the file for the browser to keep."""
    response = HttpResponse(made.content, content_type=made.kind)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.{made.suffix}")
    response["X-Content-Type-Options"] = "nosniff"
    return response
