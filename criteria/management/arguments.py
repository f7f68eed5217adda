"""What the commands of this app ask of their arguments beside `communes.management.arguments`."""

from communes.management.arguments import refuse
from criteria.models import ReportingPeriod


def period_of(key: str) -> ReportingPeriod:
    period = ReportingPeriod.objects.filter(key=key).first()
    if period is None:
        keys = ", ".join(ReportingPeriod.objects.order_by("key").values_list("key", flat=True))
        found = f"Các kỳ hiện có: {keys}." if keys else "Chưa có kỳ nào: chạy lệnh load_criteria."
        refuse(f"Không có kỳ báo cáo “{key}”. {found}")
    return period
