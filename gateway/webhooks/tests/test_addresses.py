"""Which addresses and URLs are refused."""

from ipaddress import ip_address

import pytest

from gateway.webhooks.addresses import LOOPBACK, Refused, Rules, public

STRICT = Rules(frozenset({443, 8443}), ())
LOCAL = Rules(frozenset({443, 8443}), LOOPBACK)

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",  # noqa: S104 - an address to refuse
    "169.254.169.254", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.0.1.1", "2606:4700:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_socket_is_made_to_an_address_that_is_not_public(address: str) -> None:
    assert not public(ip_address(address))
    with pytest.raises(Refused):
        STRICT.check(address, 443, secure=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached_by_tls_on_an_allowed_port_only(address: str) -> None:
    STRICT.check(address, 443, secure=True)
    for port, secure in ((443, False), (80, True), (22, True), (5432, True)):
        with pytest.raises(Refused):
            STRICT.check(address, port, secure=secure)


@pytest.mark.parametrize(
    "address", ["fe80::1%eth0", "2606:4700::1%1", "localhost", "", "0x7f.1", "127.1", "2130706433"]
)
def test_what_is_not_a_plain_address_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        LOCAL.check(address, 443, secure=True)


def test_loopback_is_allowed_where_the_installation_says_so_and_nothing_else_that_is_private() -> None:
    LOCAL.check("127.0.0.1", 9999, secure=False)
    LOCAL.check("::1", 9999, secure=False)
    for address in PRIVATE:
        if address not in {"127.0.0.1", "127.255.255.254", "::1"}:
            with pytest.raises(Refused):
                LOCAL.check(address, 443, secure=True)


def test_a_trusted_network_is_allowed_by_http_on_any_port() -> None:
    rules = Rules(frozenset({443}), ("10.1.0.0/16",))
    rules.check("10.1.2.3", 8000, secure=False)
    with pytest.raises(Refused):
        rules.check("10.2.0.1", 443, secure=True)
    assert rules.check_url("http://receiver:8000/hook") == "http://receiver:8000/hook"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook", "ftp://example.org/", "https://example.org:22/", "https://user@example.org/",
        "https://user:word@example.org/", "https://:word@example.org/", "https://example.org/#part", "https://",
        "example.org",
        "https:///hook", "//example.org/hook", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data", "https://localhost/", "https://a.localhost/", "https://2130706433/",
        "https://127.1/", "https://intranet/", "https://exa mple.org/", "https://example.org\\@127.0.0.1/",
        "https://example.org/\n", "https://exämple.org/", "javascript:alert(1)", "https://example.org:99999/",
        "https://example.org/" + "a" * 2000,
    ],
)  # fmt: skip
def test_a_url_that_can_never_be_right_is_refused_at_once(url: str) -> None:
    with pytest.raises(Refused):
        STRICT.check_url(url)


@pytest.mark.parametrize(
    "url", ["https://example.org/hook", "https://example.org:8443/a?b=c", "https://8.8.8.8/", "https://x.gov.uk"]
)
def test_a_public_https_url_is_taken(url: str) -> None:
    assert STRICT.check_url(url).startswith(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9999/hook", "http://localhost:1/", "http://[::1]:8080/"])
def test_loopback_urls_are_taken_where_loopback_is_allowed_and_nowhere_else(url: str) -> None:
    assert LOCAL.check_url(url) == url
    with pytest.raises(Refused):
        STRICT.check_url(url)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://192.168.0.1/", "https://127.1/", "https://2130706433/"])
def test_allowing_loopback_opens_nothing_else(url: str) -> None:
    with pytest.raises(Refused):
        LOCAL.check_url(url)
