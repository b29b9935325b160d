"""Our signature is that of the official package, over the very bytes."""

import os
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.webhooks import signing
from shared.crypto import Erased, KeyRing
from shared.ids import new_id

_RING = KeyRing('{"current": "a", "keys": {"a": "' + "A" * 43 + '="}}')


def package(secret: bytes) -> Any:
    return Webhook(signing.shown(secret))


@given(body=st.text(min_size=1), moment=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_it_equals_what_the_official_package_signs(body: str, moment: datetime) -> None:
    secret, message, at = os.urandom(32), new_id(), moment.replace(tzinfo=UTC)
    made = signing.headers(message, at, body.encode("utf-8", "replace"), [secret])
    expected = package(secret).sign(str(message), at, body.encode("utf-8", "replace").decode())
    assert made["webhook-signature"] == expected


def test_the_official_package_verifies_it_and_refuses_changed_bytes() -> None:
    secret, body = signing.new_secret(), '{"naïve": "ü"}'.encode()
    headers = signing.headers(new_id(), datetime.now(UTC), body, [secret])
    assert package(secret).verify(body, headers) == {"naïve": "ü"}
    with pytest.raises(WebhookVerificationError):
        package(secret).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        package(signing.new_secret()).verify(body, headers)


def test_two_secrets_give_two_signatures_and_each_verifies() -> None:
    former, current, body = signing.new_secret(), signing.new_secret(), b"{}"
    headers = signing.headers(new_id(), datetime.now(UTC), body, [current, former])
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (former, current):
        package(secret).verify(body, headers)


def test_a_secret_is_sealed_for_its_own_endpoint() -> None:
    secret, endpoint = signing.new_secret(), new_id()
    kept = signing.seal(_RING, endpoint, secret)
    assert secret not in kept
    assert signing.open_(_RING, endpoint, kept) == secret
    with pytest.raises(Erased):
        signing.open_(_RING, new_id(), kept)
