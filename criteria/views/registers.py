"""Sổ theo dõi: titles, recognitions, models and registrations, listed and written by those who may."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from communes.addresses import number_in
from communes.models import Unit, User
from criteria.models import Door
from criteria.registers import rules
from criteria.registers.forms import RegisterFilter, WithdrawForm, form_for, units_offered
from criteria.registers.keeping import Stale, accept, entries_of, keep, last_entry, values_in_words, withdraw
from criteria.registers.kinds import REGISTERS, Register
from criteria.registers.showing import Line, counts_of, lines_of, readable
from criteria.views import SignedIn

PAGE = 50
STALE = "Dòng này đã được người khác sửa sau khi mở trang. Xem lại giá trị đang lưu, rồi sửa nếu vẫn cần."


@require_safe
def registers(request: SignedIn) -> HttpResponse:
    """The four registers, how many rows of each the person sees, and what each is for."""
    counts = counts_of(request.user)
    return render(request, "registers.html", {"registers": [(one, counts[kind]) for kind, one in REGISTERS.items()]})


@require_safe
def register(request: SignedIn, kind: str) -> HttpResponse:
    """One register: its rows in the person's scope, by year, district, state and name."""
    found = _register(kind)
    asked = RegisterFilter(request.GET, register=found, user=request.user)
    page = Paginator(asked.apply(readable(found, request.user)), PAGE).get_page(request.GET.get("page"))
    context = {
        "register": found,
        "asked": asked,
        "page": page,
        "lines": lines_of(page, found),
        "proposes": request.user.role in rules.PROPOSING_ROLES,
        "may_record": not rules.refusal_to_record(request.user.role, kind),
        "of_unit": _unit_asked(request, asked),
    }
    return render(request, "register.html", context)


def register_new(request: SignedIn, kind: str) -> HttpResponse:
    """Ghi một dòng: the unit by code or name, on the day that the row is about."""
    found = _register(kind)
    _refuse(rules.refusal_to_record(request.user.role, kind))
    form = form_for(found)(request.POST or None, user=request.user, initial={"unit": request.GET.get("unit", "")})
    if request.method == "POST" and form.is_valid():
        keep(form.instance, by=request.user, door=Door.FORM)
        messages.success(request, f"Đã ghi vào sổ: {form.instance}.")
        return redirect("register_row", kind, form.instance.pk)
    proposes = request.user.role in rules.PROPOSING_ROLES
    context = {"register": found, "form": form, "units": units_offered(request.user), "proposes": proposes}
    return render(request, "register_new.html", context)


@require_safe
def register_row(request: SignedIn, kind: str, pk: int) -> HttpResponse:
    """One row: what it says, who wrote it and when, and what may be done with it now."""
    return _shown(request, _line(request.user, kind, pk), WithdrawForm())


def register_edit(request: SignedIn, kind: str, pk: int) -> HttpResponse:
    """Sửa một dòng; a page that went stale meanwhile is refused."""
    line = _line(request.user, kind, pk)
    _refuse(rules.refusal_to_change(request.user.role, kind, line.row))
    form = form_for(line.register)(request.POST or None, instance=line.row, user=request.user)
    context = {"line": line, "register": line.register, "form": form, "seen": last_entry(line.row)}
    if request.method == "POST" and form.is_valid():
        try:
            keep(form.instance, by=request.user, door=Door.FORM, seen=number_in(request.POST.get("seen")))
        except Stale:
            form.add_error(None, STALE)
        else:
            messages.success(request, "Đã lưu.")
            return redirect("register_row", kind, pk)
    return render(request, "register_edit.html", context)


def register_withdraw(request: SignedIn, kind: str, pk: int) -> HttpResponse:
    """Hủy dòng ghi sai: it stays in the register with its reason and counts nowhere."""
    line = _line(request.user, kind, pk)
    if request.method != "POST":
        return redirect("register_row", kind, pk)
    _refuse(rules.refusal_to_change(request.user.role, kind, line.row))
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _shown(request, line, form)
    try:
        withdraw(line.row, by=request.user, door=Door.FORM, because=form.cleaned_data["because"])
    except Stale:
        messages.warning(request, STALE)
    else:
        messages.success(request, "Đã hủy dòng. Dòng vẫn được giữ trong sổ cùng lý do.")
    return redirect("register_row", kind, pk)


def register_accept(request: SignedIn, kind: str, pk: int) -> HttpResponse:
    """Ghi nhận mô hình do Công an xã đề xuất."""
    line = _line(request.user, kind, pk)
    if request.method != "POST":
        return redirect("register_row", kind, pk)
    _refuse(rules.refusal_to_accept(request.user.role, kind, line.row))
    try:
        accept(line.row, by=request.user, door=Door.FORM)
    except Stale:
        messages.warning(request, STALE)
    else:
        messages.success(request, "Đã ghi nhận mô hình.")
    return redirect("register_row", kind, pk)


def _register(kind: str) -> Register:
    if kind not in REGISTERS:
        raise Http404
    return REGISTERS[kind]


def _line(user: User, kind: str, pk: int) -> Line:
    """Return a row of the person's scope; 404 outside it."""
    found = _register(kind)
    row = get_object_or_404(readable(found, user), pk=pk)
    return lines_of([row], found)[0]


def _shown(request: SignedIn, line: Line, form: WithdrawForm) -> HttpResponse:
    role, kind, row = request.user.role, line.register.kind, line.row
    context = {
        "line": line,
        "register": line.register,
        "facts": values_in_words(row),
        "entries": entries_of(row).select_related("by__unit").prefetch_related("by__unit__versions"),
        "may_change": not rules.refusal_to_change(role, kind, row),
        "may_accept": not rules.refusal_to_accept(role, kind, row),
        "withdraw_form": form,
    }
    return render(request, "register_row.html", context)


def _unit_asked(request: SignedIn, asked: RegisterFilter) -> Unit | None:
    """Return the unit of which alone the list is, if it is asked for."""
    return Unit.objects.prefetch_related("versions").filter(pk=asked.unit_id).first() if asked.unit_id else None


def _refuse(refusal: str) -> None:
    if refusal:
        raise PermissionDenied(capfirst(refusal))
