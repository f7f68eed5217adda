from django.http import HttpRequest

from communes.models import User


class SignedIn(HttpRequest):
    """A request behind `LoginRequiredMiddleware`: there is always a person."""

    user: User
