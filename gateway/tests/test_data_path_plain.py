"""Whatever is read at one look, the parser reads the same; whatever could be read in another way is left to it."""

import re
from typing import Any, Final

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import framing
from gateway.framing import answers, nearly, plain
from gateway.framing.nearly import Reading
from shared.errors import Problem

MAX_BODY: Final = 1_000


@pytest.fixture(scope="session", autouse=True)
def way() -> str:
    """Nothing here goes any way."""
    return "short"


class Parsed:
    """What the parser makes of some bytes: messages that ended, and the latest one's parts."""

    def __init__(self, parser: type[httptools.HttpRequestParser] | type[httptools.HttpResponseParser]) -> None:
        self.parser: Any = parser(self)
        self.fate = (False, False)
        self.url = self.body = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.begun = self.ended = 0

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ended += 1
        self.fate = (self.parser.should_keep_alive(), self.parser.should_upgrade())


NAMES = [
    "Host", "Accept", "authorization", "Content-Length", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade",
    "Expect", "Proxy-Connection", "Idempotency-Key", "X_Under", "X-One", "Cache-Control", "ETag", "Keep-Alive",
]  # fmt: skip
VALUES = [
    "a", "x y", " x", "x ", "", "5", "0", "05", "+5", "5, 5", "0x5", "1_0", "chunked", "close", "keep-alive",
    "Keep-Alive", "upgrade", "100-continue", "a\tb", "\t5", "\x00", "\x7f", "\xe9", "a\r b", "a\rb", "a\nb", "a\r\n b",
    "h2c", "600",
]  # fmt: skip
LINES = [
    "Content-Length: 5", "Content-Length: 10", "Content-Length: 0", "Transfer-Encoding: chunked",
    "Connection: close", "Connection: upgrade", "Connection: keep-alive", "Proxy-Connection: close",
    "Upgrade: h2c", "X: y ",
]  # fmt: skip
STARTS = [
    "GET /v1/referrals", "POST /v1/referrals/1?a=b%20c", "PUT /v1/x/", "DELETE /v1/a/b", "PATCH /v1/a//b",
    "GET /v1/a/../b", "get /v1/a", "HEAD /v1/a", "GET  /v1/a", "GET /v1/a ", "GET\t/v1/a", "GET /v1/a?#", "GET http://x/v1/a",
    " GET /v1/a",
]  # fmt: skip
SEPARATORS = st.sampled_from([": "] * 20 + [":", " : ", ":  ", ":\t"])
ENDS = st.sampled_from(["\r\n"] * 20 + ["\n", "\r", "\r\r\n"])


ODD_LINES = st.tuples(st.sampled_from(NAMES), SEPARATORS, st.sampled_from(VALUES)).map("".join)


@st.composite
def messages(draw: st.DrawFn, starts: list[str]) -> bytes:
    first = draw(st.sampled_from(starts)) + draw(ENDS)
    lines = draw(st.lists(st.one_of(st.sampled_from(LINES), ODD_LINES), max_size=5))
    body = draw(st.sampled_from(["", "", "abcde", "abcdefghij", "GET / HTTP/1.1\r\n\r\n"]))
    head = first + "".join(line + draw(ENDS) for line in lines) + draw(ENDS)
    return (head + body).encode("latin-1")


@settings(max_examples=800, deadline=None)
@given(messages([f"{start} HTTP/1.1\r\nHost: a" for start in STARTS] + ["GET /v1/a HTTP/1.0"]))
def test_the_parser_reads_each_plain_request_alike(data: bytes) -> None:
    start = plain.START.match(data)
    block = plain.block(data, start.end()) if start else None
    headers = plain.headers(block) if block else None
    if start is None or block is None or headers is None:
        return
    try:
        head = framing.read(headers, "1.1", MAX_BODY)
    except Problem:
        return
    body = data[start.end() + len(block) :]
    if len(body) != head.length:
        return
    parsed = Parsed(httptools.HttpRequestParser)
    parser = parsed.parser
    parser.feed_data(data)
    assert (parsed.begun, parsed.ended, parsed.body) == (1, 1, body)
    assert (parsed.headers, parser.get_method() + b" " + parsed.url) == (headers, start[1])
    assert (parser.get_http_version(), parsed.fate) == ("1.1", (True, False))
    parser.feed_data(b"G")
    assert parsed.begun == 2


FIRST = [
    "Authorization: Bearer a.b.c", "Accept: x y", "Content-Type: text/plain", "Content-Length: 5",
    "Idempotency-Key: k1", "X-Request-Id: r1", "traceparent: 00-1-2-01", "X-One: 1", "Connection: keep-alive",
]  # fmt: skip
# The same lines with something else in them: good values, odd ones, other names, other ends.
OTHER = [
    "Idempotency-Key: k2", "idempotency-key: k2", "Idempotency-Key:k2", "Idempotency-Key:  k2", "Idempotency-Key: k2 ",
    "Idempotency-Key: k\n2", "Idempotency-Key: k\r2", "Idempotency-Key: \xe9", "Idempotency-Key: ", "Content-Length: 7",
    "Content-Length: 5000", "Content-Length: +5", "Content-Length: 05", "X-Request-Id: r2", "X-Request-Id: r 2",
    "traceparent: 00-" + "a" * 32 + "-" + "b" * 16 + "-01", "Host: b", "Authorization: Bearer d.e.f", "Accept: y",
    "X-One: 2", "Connection: close", "Connection: idempotency-key", "Transfer-Encoding: chunked", "Upgrade: h2c", "",
    "Idempotency-Key: " + "k" * 40_000,
]  # fmt: skip


def told(reading: Reading | None) -> tuple[object, ...] | None:
    """All that a reading says, less the ids that are new each time."""
    if reading is None:
        return None
    head = reading.head
    given = head.request_id if head.request_id.startswith(b"r") else b""
    trace = head.traceparent.split("-")[1] if "a" * 32 in head.traceparent else ""
    return reading.block, head.lines, head.length, head.authorization, head.keyed, given, trace


@settings(max_examples=800, deadline=None)
@given(
    st.lists(st.sampled_from(FIRST), min_size=4, unique=True),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(OTHER)), max_size=3),
    st.sampled_from(["\r\n\r\n"] * 5 + ["\r\n", "\r\n\n", ""]),
)
def test_headers_that_are_nearly_the_last_ones_are_read_as_if_there_had_been_none(
    first: list[str], others: list[tuple[int, str]], end: str
) -> None:
    first = ["Host: a", *first]
    before = nearly.read(b"".join(line.encode() + b"\r\n" for line in first) + b"\r\n", 0, MAX_BODY)
    assert before is not None
    second = list(first)
    for place, line in others:
        named = [number for number, one in enumerate(first) if one[:6].lower() == line[:6].lower()]
        second[named[0] if named and place else place % len(second)] = line
    data = ("GET /v1/a HTTP/1.1\r\n" + "\r\n".join(second) + end + "abcde").encode("latin-1")
    begin = data.index(b"\r\n") + 2
    afresh = told(nearly.read(data, begin, MAX_BODY))
    next_one = before.next(data, begin, MAX_BODY)
    assert told(next_one) == afresh
    if next_one is not None:
        # What is remembered is what came, and nothing of it gets into what came before.
        assert told(before.next(data, begin, MAX_BODY)) == afresh
        assert told(next_one.next(data, begin, MAX_BODY)) == afresh
        kept = before.next(b"".join(line.encode() + b"\r\n" for line in first) + b"\r\n", 0, MAX_BODY)
        assert told(kept) == told(before)


def test_only_what_differs_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would hold for nothing."""
    lines = [b"Host: a", b"Idempotency-Key: k1", b"Content-Length: 5"]
    before = nearly.read(b"\r\n".join(lines) + b"\r\n\r\n", 0, MAX_BODY)
    assert before is not None
    monkeypatch.setattr(plain, "block", None)
    after = before.next(b"Host: a\r\nIdempotency-Key: k2\r\nContent-Length: 17\r\n\r\n", 0, MAX_BODY)
    assert after is not None
    assert (after.head.lines, after.head.length) == (b"idempotency-key: k2\r\ncontent-length: 17\r\n", 17)


ANSWERS = [
    "200 OK",
    "404 Not Found",
    "204 No Content",
    "304 Not Modified",
    "100 Continue",
    "101 Switch",
    "500 ",
    "99 x",
]


@settings(max_examples=800, deadline=None)
@given(messages([f"HTTP/1.1 {status}" for status in ANSWERS] + ["HTTP/1.0 200 OK", "HTTP/1.1 200", "HTTP/1.1  200 OK"]))
def test_the_parser_reads_each_plain_answer_alike(data: bytes) -> None:
    answer = answers.read(data)
    if answer is None:
        return
    parsed = Parsed(httptools.HttpResponseParser)
    parser = parsed.parser
    parser.feed_data(data)
    assert (parsed.begun, parsed.ended, parsed.body) == (1, 1, answer.body)
    assert (parser.get_status_code(), parsed.fate) == (answer.status, (True, False))
    written = b"".join(answer.lines[1:])
    told = [
        one for one in parsed.headers if answers.ROLES.get(one[0], answers.PASSED) in {answers.PASSED, answers.TELLS}
    ]
    assert re.findall(rb"([^:]+): ([^\r]+)\r\n", written) == told


def test_the_usual_is_plain() -> None:
    """Else the two tests above would hold for nothing."""
    head = (
        b"GET /v1/referrals/1?a=b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\nConnection: keep-alive\r\n\r\n"
    )
    start = plain.START.match(head)
    assert start is not None
    block = plain.block(head, start.end())
    assert block == head[start.end() :]
    assert plain.headers(block) is not None
    answer = answers.read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Circle-Route: /v1/x\r\nServer: y\r\n\r\n{}")
    assert answer is not None
    assert (answer.status, answer.lines[1:], answer.route, answer.body) == (
        200, [b"content-length", b": 2\r\n"], b"/v1/x", b"{}"
    )  # fmt: skip


@pytest.mark.parametrize("line", [b"Authorization: Bearer ", b"Authorization:  x", b"X: y z ", b"X: ", b"X y: z"])
@pytest.mark.parametrize("before", [b"", b"Host: gateway\r\n", b"Host: gateway\r\nAccept: a\r\n"])
def test_headers_with_one_line_in_another_form_are_not_taken_for_those_before_it(before: bytes, line: bytes) -> None:
    assert plain.block(before + line + b"\r\n\r\n", 0) is None
    assert plain.block(before + b"X: y\r\n\r\n", 0) == before + b"X: y\r\n\r\n"
