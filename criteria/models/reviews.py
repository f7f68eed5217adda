"""Who decided: one row for each step that a person took."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from criteria.models.assessments import Door, Revision
from criteria.models.law import Condition


class Verb(models.TextChoices):
    """The steps by which a revision moves; the words are those of the buttons."""

    SUBMIT = "submit", "Gửi"
    WITHDRAW = "withdraw", "Rút lại"
    EXAMINE = "examine", "Thẩm tra xong"
    RETURN = "return", "Trả lại"
    CONFIRM = "confirm", "Xác nhận"
    REOPEN = "reopen", "Mở lại để điều chỉnh"


class Review(models.Model):
    """Bước xử lý: one step by one person at one time on one exact content; rows are only added.

    `acceptance` is why the step was taken in spite of warnings. `content_hash` names the content decided on
    (`Revision.content_hash`); `batch` is shared by the decisions of one action. `door` is where it was taken: "form" a
    page of the portal, "" not known.
    """

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="reviews", verbose_name="lần đánh giá")
    verb = models.CharField("bước", max_length=10, choices=Verb.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews", verbose_name="người thực hiện"
    )
    at = models.DateTimeField("lúc")
    reason = models.CharField("lý do", max_length=300, blank=True, default="")
    acceptance = models.CharField("lý do chấp nhận cảnh báo", max_length=300, blank=True, default="")
    content_hash = models.CharField("mã nội dung", max_length=64)
    batch = models.UUIDField("đợt", db_index=True)
    door = models.CharField("nơi thực hiện", max_length=10, choices=Door.choices, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "bước xử lý"
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(verb__in=Verb.values),
                name="review_has_a_known_verb",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(door__in=("", *Door.values)),
                name="review_came_by_a_known_door",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=~Q(verb__in=(Verb.RETURN, Verb.REOPEN)) | ~Q(reason=""),
                name="returned_review_has_a_reason",
                violation_error_message="Ghi lý do trả lại hoặc mở lại.",
            ),
            models.CheckConstraint(
                condition=~Q(content_hash=""),
                name="review_names_its_content",
                violation_error_message="Bước xử lý thiếu mã nội dung; thực hiện trên trang đánh giá.",
            ),
            models.CheckConstraint(
                condition=Q(acceptance="") | Q(verb__in=(Verb.SUBMIT, Verb.EXAMINE, Verb.CONFIRM)),
                name="only_a_checked_step_accepts_warnings",
                violation_error_message="Lý do chấp nhận cảnh báo chỉ ghi khi gửi, thẩm tra hoặc xác nhận.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verb_display()} · {self.by_id}"


class ReturnedItem(models.Model):
    """Nội dung trả lại: one condition that a return names, and why; rows are only added, with their review."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="items", verbose_name="bước xử lý")
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="returns", verbose_name="nội dung")
    reason = models.CharField("lý do", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "nội dung trả lại"
        ordering = ("condition__number",)
        constraints = (
            models.UniqueConstraint(
                fields=("review", "condition"),
                name="one_reason_of_a_condition_in_a_return",
                violation_error_message="Nội dung này đã có lý do trả lại.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="returned_item_has_a_reason",
                violation_error_message="Ghi lý do trả lại của nội dung.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.condition}: {self.reason}"
