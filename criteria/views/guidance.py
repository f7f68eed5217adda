"""Kết quả theo hướng dẫn cũ: what the province does when guidance changed inside a period."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst

from criteria import rules
from criteria.forms import NO_NAMES
from criteria.guidance import Changed, Group, GuidanceRefused, act_on, groups_for
from criteria.models import Act
from criteria.steps import StepRefused
from criteria.views import SignedIn

CHANGED = "Các kết quả đã thay đổi sau khi mở trang này, chưa thực hiện gì. Xem lại số lượng rồi quyết định."
DONE = {
    Act.CARRY: "Đã chuyển {count} kết quả sang {new}. Đơn vị kiểm tra rồi gửi lại.",
    Act.REASSESS: "Đã yêu cầu đánh giá lại {count} kết quả theo {new}.",
    Act.MARK: "Đã ghi cần rà soát lại cho {count} kết quả.",
}


class ActForm(forms.Form):
    """One act on one group, with its reason; the group is named as the page showed it."""

    group = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)
    act = forms.ChoiceField(choices=Act.choices)
    reason = forms.CharField(label="Lý do", max_length=300, required=False, help_text=NO_NAMES)

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("act") != Act.CARRY and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Ghi rõ lý do; chỉ việc chuyển kết quả không cần.")
        return cleaned


def guidance(request: SignedIn) -> HttpResponse:
    """The results made by older guidance, counted by state, and the three acts; by POST one of them."""
    refusal = rules.refusal_to_settle_guidance(request.user.role)
    if refusal:
        raise PermissionDenied(refusal)
    form = ActForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _act(request, form)
        return redirect(request.path)
    refused = form.errors.get("reason", ["Mở lại trang rồi chọn lại việc cần làm."])[0] if form.errors else ""
    context = {"groups": [_shown(group) for group in groups_for(request.user)], "form": form, "refused": refused}
    return render(request, "guidance.html", context)


def _act(request: SignedIn, form: ActForm) -> None:
    """Do the act and say what was done, or why not."""
    given = form.cleaned_data
    try:
        done = act_on(given["group"], given["act"], by=request.user, reason=given["reason"], seen=given["seen"])
    except Changed:
        messages.error(request, CHANGED)
    except StepRefused as refused:
        messages.error(request, str(refused))
    except GuidanceRefused as refused:
        messages.error(request, capfirst(str(refused)))
    else:
        words = DONE[Act(given["act"])].format(count=len(done.rows), new=done.new.number)
        messages.success(request, words)


def _shown(group: Group) -> dict[str, object]:
    offers = [(act, act.label, len(group.on(act))) for act in Act]
    return {"group": group, "offers": [offer for offer in offers if offer[2]], "total": len(group.rows)}
