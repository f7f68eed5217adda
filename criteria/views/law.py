"""The law as the portal words it: one version, two versions side by side, the signed file. Every role reads it."""

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from criteria.law_diff import compared, counted, pieces
from criteria.models import Checklist, Condition, IndicatorWording, SignedText
from criteria.verdicts import VERDICT_RULE
from criteria.views import SignedIn


@require_safe
def checklist(request: SignedIn, checklist_id: int) -> HttpResponse:
    """One version: where it comes from, its items, who compared them, and the other versions."""
    found = _found(checklist_id)
    wordings = IndicatorWording.objects.filter(indicator=found.indicator_id).order_by("version__applies_from")
    texts = list(wordings.select_related("version__signed_text", "confirmation__by__unit").prefetch_related(*_post()))
    before = ["", *(wording.text for wording in texts)]
    told = [
        (wording, pieces(old, wording.text)[1] if old else pieces(wording.text, wording.text)[1])
        for old, wording in zip(before, texts, strict=False)
    ]
    context = {
        "checklist": found,
        "others": Checklist.objects.filter(indicator=found.indicator_id).exclude(pk=found.pk).order_by("applies_from"),
        "wordings": told,
        "verdict_rule": VERDICT_RULE,
    }
    return render(request, "checklist.html", context)


@require_safe
def checklist_compare(request: SignedIn, checklist_id: int, other_id: int) -> HttpResponse:
    """Two versions of one indicator's guidance side by side, the older on the left."""
    old = _found(checklist_id)
    new = get_object_or_404(_checklists().filter(indicator=old.indicator_id), pk=other_id)
    old, new = sorted((old, new), key=lambda one: one.applies_from)
    pairs = compared(old, new)
    return render(request, "checklist_compare.html", {"old": old, "new": new, "pairs": pairs, "counts": counted(pairs)})


@require_safe
def signed_text(request: SignedIn, pk: int) -> HttpResponse:
    """The file of a signed text, never opened by the browser."""
    found = get_object_or_404(SignedText, pk=pk)
    with found.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.filename)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _post() -> tuple[str, ...]:
    """What a person's post and place need, so that naming who compared costs no query a row."""
    return ("confirmation__by__unit__versions",)


def _checklists() -> QuerySet[Checklist]:
    items = Condition.objects.select_related("confirmation__by__unit").prefetch_related(*_post())
    return Checklist.objects.select_related("indicator", "signed_text").prefetch_related(Prefetch("conditions", items))


def _found(checklist_id: int) -> Checklist:
    return get_object_or_404(_checklists(), pk=checklist_id)
