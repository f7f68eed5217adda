from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.urls import include, path

from communes.forms import OwnPasswordForm
from ntm_portal.health import healthz

admin.site.site_title = "Quản trị hệ thống"
admin.site.site_header = "Theo dõi thực hiện tiêu chí an ninh, trật tự trong xây dựng nông thôn mới"
admin.site.index_title = "Quản trị hệ thống"
admin.site.unregister(Group)  # what a person may do follows from the role and the place, not from groups

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", login_not_required(auth.LogoutView.as_view()), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(form_class=OwnPasswordForm), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("admin/", admin.site.urls),
    path("", include("reports.urls")),
    path("", include("criteria.urls")),
    path("", include("communes.urls")),
]
