"""Addresses that lead inside, in every spelling that some reader understands."""

from typing import Final

INSIDE_4: Final = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.254",  # noqa: S104 - addresses to refuse
    "127.0.0.1", "127.0.1.1", "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2",
    "172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.0.170", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "192.168.255.254", "198.18.0.1", "198.19.255.254", "198.51.100.7", "203.0.113.7", "224.0.0.1",
    "224.0.0.251", "239.255.255.250", "240.0.0.1", "250.1.2.3", "255.255.255.254", "255.255.255.255",
)  # fmt: skip
INSIDE_6: Final = (
    "::", "::1", "::2", "::127.0.0.1", "::a00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "0:0:0:0:0:0:0:1", "0:0:0:0:0:ffff:7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "2002:808:808::1", "3fff::1", "3ffe::1%1", "4000::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254",
    "fd12:3456:789a::1", "fe80::1",
    "fe80::1%eth0", "fe80::1%25eth0", "febf::1", "fec0::1", "ff01::1", "ff02::1", "ff05::2", "ff0e::1",
    "::1%lo", "::1%25lo",
)  # fmt: skip
# Forms that the C library, browsers or shells take for an IPv4 address.
SPELLINGS: Final = (
    "2130706433", "017700000001", "0x7f000001", "0x7F000001", "0x7f.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.1", "00000177.0.0.01", "127.1", "127.0.1", "127.0.0.1.", "127.0.0.01", "127.0.0.0x1", "010.0.0.1",
    "10.1", "167772161", "2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518",
    "169.16689662", "0xA9FEA9FE", "3232235521", "0xc0a80001", "192.168.1", "192.168.0.1.", "0", "0.", "0x0",
    "00", "0.0",
    "127.0.0.1..", "127..1", ".127.0.0.1", "1.2.3.4.5", "256.1.1.1", "999.999.999.999", "127.0.0.1.0x",
    "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "127．0．0．1", "１２７．１",
    "%31%32%37.0.0.1", "127.0.0.1%00.example.org",
    "127.0.0.1%2f.example.org",
)  # fmt: skip
LOCAL_NAMES: Final = (
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.localhost.", "LocalHost.", "ｌｏｃａｌｈｏｓｔ",
    "local%68ost",
    "ⓛocalhost", "intranet", "postgres", "kafka", "broadcasthost", "gateway", "metadata", "kubernetes",
)  # fmt: skip
# Whole URLs: credentials, ports, fragments, schemes, and what is none.
URLS: Final = (
    "https://user@10.0.0.1/", "https://example.org@127.0.0.1/", "https://example.org:443@127.0.0.1/",
    "https://127.0.0.1#@example.org/", "https://example.org#@127.0.0.1/", "https://127.0.0.1?@example.org/",
    "https://127.0.0.1\\@example.org/", "https://example.org\\@127.0.0.1/", "https://example.org\\.evil/",
    "https://user:word@example.org/", "https://:@example.org/", "https://@127.0.0.1/", "https://%40127.0.0.1/",
    "https:///127.0.0.1/", "https:127.0.0.1", "https:/127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "", " ", "https://",
    "https://[::1]/", "https://[::1", "https://::1/", "https://[127.0.0.1]/", "https://[v1.x]/", "https://[]/",
    "https://example.org:0/", "https://example.org:1/", "https://example.org:22/", "https://example.org:25/",
    "https://example.org:80/", "https://example.org:5432/", "https://example.org:6379/", "https://example.org:9092/",
    "https://example.org:65535/", "https://example.org:65536/", "https://example.org:-1/",
    "https://example.org:443a/",
    "https://example.org:99999999999/", "https://example.org:0x1bb/", "https://example.org:４４３/",
    "http://example.org/", "http://example.org:443/", "http://8.8.8.8/", "HTTP://example.org/",
    "ftp://example.org/", "file:///etc/passwd", "file://localhost/etc/passwd", "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/", "ws://127.0.0.1/", "wss://example.org/", "data:text/plain,x",
    "javascript:alert(1)", "unix:///var/run/docker.sock", "jar:https://example.org!/", "tftp://127.0.0.1/x",
    "https://example.org/\r\nX-One: a", "https://example.org/\tx", "https://exa mple.org/",
    "https://example.org/\x00",
    " https://example.org/", "https://example.org /", "https://ex\u0430mple.org/",
    "https://example.org/" + "a" * 2000,
    "https+unix://%2fvar%2frun/", "url:https://127.0.0.1/", "https://127.0.0.1:443:80/",
    "https://example.org:443:22/",
)  # fmt: skip
REDIRECTS: Final = (
    "http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "http://10.0.0.1/", "http://[::1]:1/",
    "http://localhost:1/", "http://2130706433/", "//10.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x",
    "https://inside.test/", "/elsewhere",
)  # fmt: skip
