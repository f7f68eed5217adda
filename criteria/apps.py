from django.apps import AppConfig


class CriteriaConfig(AppConfig):
    name = "criteria"
    verbose_name = "Đánh giá chỉ tiêu"
    default_auto_field = "django.db.models.BigAutoField"
