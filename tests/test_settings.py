def test_the_address_of_health_answers(client, db):
    response = client.get("/healthz")

    assert response.status_code == 200
    assert not response.cookies
