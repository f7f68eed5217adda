from django.apps import AppConfig
from django.urls import register_converter

from communes.addresses import RowId


class CommunesConfig(AppConfig):
    name = "communes"
    verbose_name = "Đơn vị hành chính và người dùng"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register_converter(RowId, "row")
