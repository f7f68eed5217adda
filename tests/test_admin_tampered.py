"""What is written by hand into an address of the admin is answered, never with a fault of the server."""

import pytest
from django.test import Client


@pytest.mark.parametrize("pk", ["x", "²", "9" * 40, "1__2", "_FF", "_00", "-1", "0"])
def test_no_event_of_a_tampered_address_is_a_fault(client: Client, quang, pk: str) -> None:
    client.force_login(quang)
    assert client.get(f"/admin/communes/boundaryevent/{pk}/change/").status_code == 404
