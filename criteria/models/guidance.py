"""What the province does with results when the guidance of their period has changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from criteria.models.assessments import Revision
from criteria.models.law import Checklist


class Act(models.TextChoices):
    CARRY = "carry", "Chuyển kết quả sang hướng dẫn mới"
    REASSESS = "reassess", "Yêu cầu đánh giá lại"
    MARK = "mark", "Ghi “cần rà soát lại theo hướng dẫn mới”"


class GuidanceAct(models.Model):
    """Xử lý khi đổi hướng dẫn: one act by one person on one revision; rows are only added.

    `checklist` is the new guidance. A mark stands as long as its revision was made by another one.
    """

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="guidance_acts", verbose_name="lần đánh giá")
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="guidance_acts", verbose_name="hướng dẫn mới")
    act = models.CharField("việc", max_length=8, choices=Act.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="guidance_acts", verbose_name="người thực hiện"
    )
    at = models.DateTimeField("lúc")
    reason = models.CharField("lý do", max_length=300)
    batch = models.UUIDField("đợt", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "xử lý khi đổi hướng dẫn"
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(act__in=Act.values),
                name="guidance_act_is_a_known_one",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="guidance_act_has_a_reason", violation_error_message="Ghi rõ lý do."
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_act_display()} · {self.by_id}"
