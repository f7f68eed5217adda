from django.apps import AppConfig


class CommunesConfig(AppConfig):
    name = "communes"
    verbose_name = "Đơn vị hành chính và người dùng"
    default_auto_field = "django.db.models.BigAutoField"
