"""Assessments in the admin: one more door, with the rules of the others. Saving goes through `enter`, steps through
`take`; what was sent or decided, and every trail, is only read here."""

import functools
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from communes.admin.columns import columns
from communes.admin.read_only import ReadOnlyAdmin, not_found
from communes.models import UnitVersion
from communes.names import search_key
from criteria import rules
from criteria.admin.assessment_forms import ChoosingForm
from criteria.assessment_page import BUTTONS, page_of, refusal_to_edit
from criteria.checking import look_at
from criteria.entering import EntryRefused, enter
from criteria.forms import NO_NAMES, AssessmentForm, StepForm
from criteria.models import EDITABLE, IN_WORK, PENDING, Assessment, Door, Entry, Examiner, Review, Revision, State, Verb
from criteria.models.assessments import places_of
from criteria.naming import full_name, place_on
from criteria.picks import mark, read_marks
from criteria.situations import PENDING_PROVINCE, SENT_TO_PROVINCE, STATE_WORDS, Situation, situation_for, state_word
from criteria.steps import StepRefused, take

BUTTON_WORDS = {**BUTTONS, Verb.SUBMIT: "Gửi"}
SHOWN = ("unit_name", "indicator_name", "period_label", "state_words", "verdict_words")


class StateFilter(admin.SimpleListFilter):
    """The state of the revision in work, or confirmed where none is in work."""

    title = "trạng thái"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        words = STATE_WORDS | {PENDING_PROVINCE: SENT_TO_PROVINCE}
        return [(state, words[state]) for state in (*EDITABLE, *PENDING, PENDING_PROVINCE, State.CONFIRMED)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        of_this = Revision.objects.filter(assessment=OuterRef("pk"))
        if self.value() == State.CONFIRMED:
            return queryset.filter(Exists(of_this.official()), ~Exists(of_this.in_work()))
        if self.value() in (State.SUBMITTED, PENDING_PROVINCE):
            is_examined = self.value() == State.SUBMITTED
            return queryset.filter(Exists(of_this.filter(state=State.SUBMITTED)), is_examined_here=is_examined)
        return queryset.filter(Exists(of_this.filter(state=self.value()))) if self.value() in IN_WORK else queryset


@admin.register(Assessment)
class AssessmentAdmin(admin.ModelAdmin):
    """What a draft or a returned result says is changed here; everything else moves by the steps."""

    add_form_template = change_form_template = "admin/criteria/assessment/change_form.html"
    list_display = SHOWN
    list_filter = ("indicator", StateFilter, "period")
    list_per_page = 50
    search_fields = ("unit__versions__code",)
    search_help_text = "Tên đơn vị (không cần dấu) hoặc mã"
    ordering = ("-period__ends_on", "unit__key", "indicator")
    actions = ("submit", "withdraw", "examine", "return_", "confirm", "reopen")
    _get_obj_does_not_exist_redirect = not_found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assessment]:
        standing = Revision.objects.exclude(state=State.REPLACED)
        bodies = Examiner.objects.as_of(OuterRef("period__ends_on"))
        return (
            Assessment.objects.visible_to(request.user)
            .order_by(*self.ordering)
            .annotate(is_examined_here=Exists(places_of().with_a_district()) & Exists(bodies))
            .select_related("unit", "indicator", "period")
            .prefetch_related("unit__versions__parent__versions", Prefetch("revisions", standing))
        )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if not search_term:
            return queryset, False
        named = Q(name_search__contains=search_key(search_term)) | Q(code=search_term)
        return queryset.filter(Exists(UnitVersion.objects.filter(named, unit=OuterRef("unit")))), False

    # --- who may -----------------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: Any) -> bool:
        return self.has_module_permission(request) and request.user.role in rules.ENTERING_ROLES

    def has_change_permission(self, request: Any, obj: Assessment | None = None) -> bool:
        if obj is None:
            return self.has_add_permission(request)
        return not refusal_to_edit(self._situation(request, obj), request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return False

    def get_actions(self, request: Any) -> dict[str, Any]:
        """Offer the steps that the person's role takes."""
        return {
            name: action
            for name, action in super().get_actions(request).items()
            if not rules.refusal_of_role(name.strip("_"), request.user.role)
        }

    # --- what is shown -----------------------------------------------------------------------------------

    @admin.display(description="đơn vị")
    def unit_name(self, assessment: Assessment) -> str:
        place = place_on(assessment.unit.versions.all(), assessment.period.ends_on)
        return f"{full_name(place)} – {place.code}" if place else str(assessment.unit)

    @admin.display(description="chỉ tiêu", ordering="indicator")
    def indicator_name(self, assessment: Assessment) -> str:
        return assessment.indicator.name

    @admin.display(description="kỳ báo cáo", ordering="period__ends_on")
    def period_label(self, assessment: Assessment) -> str:
        return assessment.period.label

    @admin.display(description="trạng thái")
    def state_words(self, assessment: Assessment) -> str:
        revisions = sorted(assessment.revisions.all(), key=lambda revision: revision.number)
        if not revisions:
            return STATE_WORDS["missing"]
        last = revisions[-1]
        is_examined = assessment.is_examined_here  # type: ignore[attr-defined]
        word = state_word(last.state, assessment.indicator, is_examined=is_examined)
        return f"Đang điều chỉnh (lần {last.number}): {word}" if len(revisions) > 1 else word

    @admin.display(description="kết quả")
    def verdict_words(self, assessment: Assessment) -> str:
        revisions = sorted(assessment.revisions.all(), key=lambda revision: revision.number)
        return " → ".join(revision.get_verdict_display() or "chưa có" for revision in revisions) or "–"

    def view_on_site(self, obj: Assessment) -> str:
        return obj.get_absolute_url()

    def get_readonly_fields(self, request: HttpRequest, obj: Assessment | None = None) -> tuple[str, ...]:
        return SHOWN if obj else ()

    def get_fieldsets(self, request: Any, obj: Assessment | None = None) -> Any:
        """Show the conditions as fields where they may be changed; else say why they may not."""
        situation = self._situation(request, obj)
        refusal = refusal_to_edit(situation, request.user)
        head = [(None, {"fields": SHOWN, "description": capfirst(refusal)})] if obj else []
        if refusal:
            return head
        names = list(AssessmentForm(situation=situation, user=request.user).fields)
        content = [name for name in names if not name.startswith("letter")]
        letter = [name for name in names if name.startswith("letter")]
        shown = [*head, ("Nội dung đánh giá", {"fields": content, "description": NO_NAMES, "classes": ("wide",)})]
        return [*shown, ("Nhập thay đơn vị", {"fields": letter})] if letter else shown

    # --- add and change ----------------------------------------------------------------------------------

    def get_form(self, request: Any, obj: Assessment | None = None, change: bool = False, **options: Any) -> Any:
        return functools.partial(AssessmentForm, situation=self._situation(request, obj), user=request.user)

    def add_view(self, request: Any, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask first for the unit, the indicator and the period, then for the conditions."""
        if not self.has_add_permission(request):
            raise PermissionDenied(rules.refusal_to_enter(request.user.role, "", has_letter=True))
        form = ChoosingForm(request.GET or None, user=request.user)
        if not form.is_valid():
            return self._page(request, "choose", {"form": form, "title": "Thêm đánh giá"})
        situation = form.situation
        if situation.current:
            messages.info(request, "Đơn vị đã có kết quả trong kỳ này.")
            return redirect("admin:criteria_assessment_change", situation.current.assessment_id)
        refusal = refusal_to_edit(situation, request.user)
        if refusal:
            raise PermissionDenied(refusal)
        context = {**(extra_context or {}), "situation": situation}
        return self._guarded(request, super().add_view, form_url=form_url, extra_context=context)

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        found = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if found is not None:
            situation = self._situation(request, found)
            refusal = refusal_to_edit(situation, request.user)
            if request.method == "POST" and refusal:
                raise PermissionDenied(refusal)
            context |= page_of(situation, request.user) | {"is_read_only": bool(refusal)}
        return self._guarded(
            request, super().change_view, object_id=object_id, form_url=form_url, extra_context=context
        )

    def save_model(self, request: Any, obj: Assessment, form: Any, change: bool) -> None:
        enter([form.line], by=request.user, period=obj.period, door=Door.ADMIN, letter=form.letter)
        if not change:
            obj.pk = Assessment.objects.get(unit=obj.unit_id, indicator=obj.indicator, period=obj.period).pk

    def _guarded(self, request: HttpRequest, view: Any, **given: Any) -> HttpResponse:
        """Show the form anew where somebody was faster between the check and the lock."""
        try:
            return view(request, **given)
        except EntryRefused as refused:
            messages.error(request, capfirst(str(refused)))
            return redirect(request.get_full_path())

    def _situation(self, request: Any, obj: Assessment | None) -> Situation:
        if obj is None:
            form = ChoosingForm(request.GET, user=request.user)
            if not form.is_valid():
                raise Http404
            return form.situation
        situation = situation_for(request.user, obj.period, obj.indicator, obj.unit_id)
        if situation is None:
            raise Http404
        return situation

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/criteria/assessment/{name}.html", whole)

    # --- steps -------------------------------------------------------------------------------------------

    @admin.action(description="Gửi")
    def submit(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> HttpResponse | None:
        return self._act(request, queryset, Verb.SUBMIT)

    @admin.action(description="Rút lại")
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> HttpResponse | None:
        return self._act(request, queryset, Verb.WITHDRAW)

    @admin.action(description="Thẩm tra xong, gửi Công an tỉnh")
    def examine(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> HttpResponse | None:
        return self._act(request, queryset, Verb.EXAMINE)

    @admin.action(description="Trả lại")
    def return_(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> HttpResponse | None:
        return self._act(request, queryset, Verb.RETURN)

    @admin.action(description="Xác nhận")
    def confirm(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> HttpResponse | None:
        return self._act(request, queryset, Verb.CONFIRM)

    @admin.action(description="Mở lại để điều chỉnh")
    def reopen(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> HttpResponse | None:
        return self._act(request, queryset, Verb.REOPEN)

    def _act(self, request: Any, queryset: QuerySet[Assessment], verb: Verb) -> HttpResponse | None:
        """Name what the step is about and ask for what it needs, then take it: all or none."""
        rows = [revision_for(verb, assessment) for assessment in queryset]
        revisions = [row for row in rows if row is not None]
        if len(revisions) != len(rows):
            messages.error(request, "Có đơn vị chưa có kết quả trong kỳ. Bỏ chọn đơn vị đó rồi làm lại.")
            return None
        asks_letter = verb == Verb.SUBMIT and request.user.role in rules.ON_BEHALF_ROLES
        asks_letter = asks_letter and any(not row.letter_number for row in revisions)
        data = request.POST if "confirmed" in request.POST else None
        form = StepForm(data, verb=verb, asks_letter=asks_letter, check=look_at(verb, revisions, request.user))
        if not form.is_valid():
            context = {"form": form, "title": BUTTON_WORDS[verb], "rows": self._named(queryset)}
            context |= {"marks": [mark(row) for row in revisions], "action": request.POST["action"]}
            return self._page(request, "act", context)
        seen = read_marks(request.POST.getlist("pick"))
        try:
            take(
                verb,
                [row.pk for row in revisions],
                by=request.user,
                reason=form.full_reason,
                acceptance=form.acceptance_text,
                letter=form.letter,
                seen=seen,
                door=Door.ADMIN,
            )
        except StepRefused as refused:
            for item in refused.refused:
                messages.error(request, f"{item.name}: {item.reason}")
        else:
            messages.success(request, f"{BUTTON_WORDS[verb]}: {len(revisions)} kết quả.")
        return None

    def _named(self, queryset: QuerySet[Assessment]) -> list[tuple[int, str]]:
        return [
            (row.pk, f"{self.unit_name(row)} · {row.indicator} · {row.period}: {self.verdict_words(row)}")
            for row in queryset
        ]


def revision_for(verb: str, assessment: Assessment) -> Revision | None:
    """Return what the step is about: the official revision for a reopening, else the one in work, if there is one."""
    revisions = sorted(assessment.revisions.all(), key=lambda revision: revision.number)
    if verb == Verb.REOPEN:
        revisions = [row for row in revisions if row.state == State.CONFIRMED] or revisions
    return revisions[-1] if revisions else None


@admin.register(Entry, Review)
class TrailAdmin(ReadOnlyAdmin):
    """Who entered and who decided: only read, only in one's scope."""

    list_display = columns(Entry, "at", "by", "revision", "what")
    list_per_page = 50
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        seen = Revision.objects.visible_to(request.user)
        return (
            super()
            .get_queryset(request)
            .filter(revision__in=seen)
            .select_related(
                "by__unit",
                "revision__assessment__unit",
                "revision__assessment__indicator",
                "revision__assessment__period",
            )
            .prefetch_related("by__unit__versions", "revision__assessment__unit__versions")
        )

    @admin.display(description="việc")
    def what(self, row: Entry | Review) -> str:
        return row.get_door_display() if isinstance(row, Entry) else row.get_verb_display()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return self.has_module_permission(request) and request.user.role in rules.SEES_SENSITIVE_ROLES
