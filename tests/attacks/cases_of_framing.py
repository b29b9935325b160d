"""Requests that two readers could understand in two ways, and targets and headers that pretend to be something else."""

from typing import Final

OURS: Final = b"Host: gateway\r\nAuthorization: Bearer $TOKEN\r\n"
START: Final = b"POST /v1/referrals HTTP/1.1\r\n" + OURS
NEXT: Final = b"GET /v1/families/smuggled HTTP/1.1\r\n" + OURS + b"\r\n"
_TE: Final = b"Transfer-Encoding: chunked\r\n"
_END: Final = b"0\r\n\r\n"
_JSON: Final = b"Content-Type: application/json\r\n"


def _get(target: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    return b"GET %b %b\r\n%b\r\n" % (target, version, OURS)


# What follows the start of a POST; `NEXT` comes right behind it.
_LENGTHS: Final[dict[str, bytes]] = {
    "CL.TE": b"Content-Length: 5\r\n" + _TE + b"\r\n" + _END,
    "TE.CL": _TE + b"Content-Length: 5\r\n\r\n" + _END,
    "CL.TE with a length of nothing": b"Content-Length: 0\r\n" + _TE + b"\r\n" + _END,
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "two lengths, the larger first": b"Content-Length: 44\r\nContent-Length: 0\r\n\r\n",
    "two equal lengths": b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 44\r\n\r\n",
    "a list of equal lengths": b"Content-Length: 0, 0\r\n\r\n",
    "a plus": b"Content-Length: +0\r\n\r\n",
    "a minus": b"Content-Length: -1\r\n\r\n",
    "minus nothing": b"Content-Length: -0\r\n\r\n",
    "hexadecimal": b"Content-Length: 0x0\r\n\r\n",
    "an exponent": b"Content-Length: 0e0\r\n\r\n",
    "a fraction": b"Content-Length: 0.0\r\n\r\n",
    "an underscore": b"Content-Length: 0_0\r\n\r\n",
    "a length in quotes": b'Content-Length: "0"\r\n\r\n',
    "a length and a comment": b"Content-Length: 0 (nothing)\r\n\r\n",
    "a length and a letter": b"Content-Length: 0a\r\n\r\n",
    "a blank within a length": b"Content-Length: 0 0\r\n\r\n",
    "an empty length": b"Content-Length: \r\n\r\n",
    "a length beyond 64 bits": b"Content-Length: 18446744073709551616\r\n\r\n",
    "a length beyond all": b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
    "digits that are none": b"Content-Length: \xd9\xa0\r\n\r\n",
    "a blank before the colon of the length": b"Content-Length : 0\r\n\r\n",
    "a tab before the colon of the length": b"Content-Length\t: 0\r\n\r\n",
    "a nul in the name": b"Content-Length\x00: 0\r\n\r\n",
}
_CODINGS: Final[dict[str, bytes]] = {
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n" + _END,
    "identity": b"Transfer-Encoding: identity\r\n\r\n",
    "gzip before": b"Transfer-Encoding: gzip, chunked\r\n\r\n" + _END,
    "gzip behind": b"Transfer-Encoding: chunked, gzip\r\n\r\n" + _END,
    "identity behind": b"Transfer-Encoding: chunked, identity\r\n\r\n" + _END,
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n" + _END,
    "two codings": _TE + b"Transfer-Encoding: identity\r\n\r\n" + _END,
    "two codings, the other first": b"Transfer-Encoding: x\r\n" + _TE + b"\r\n" + _END,
    "two equal codings": _TE + _TE + b"\r\n" + _END,
    "an empty coding": b"Transfer-Encoding:\r\n\r\n",
    "an empty coding and chunked": b"Transfer-Encoding: , chunked\r\n\r\n" + _END,
    "chunked and a comma": b"Transfer-Encoding: chunked,\r\n\r\n" + _END,
    "chunked with a parameter": b"Transfer-Encoding: chunked;x=y\r\n\r\n" + _END,
    "chunked in quotes": b'Transfer-Encoding: "chunked"\r\n\r\n' + _END,
    "a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n\r\n" + _END,
    "a form feed": b"Transfer-Encoding: chunked\x0c\r\n\r\n" + _END,
    "a nul behind": b"Transfer-Encoding: chunked\x00\r\n\r\n" + _END,
    "a hard blank": b"Transfer-Encoding: \xa0chunked\r\n\r\n" + _END,
    "a blank before the colon": b"Transfer-Encoding : chunked\r\n\r\n" + _END,
    "a tab before the colon": b"Transfer-Encoding\t: chunked\r\n\r\n" + _END,
    "a blank before the name": b" Transfer-Encoding: chunked\r\n\r\n" + _END,
    "a folded coding": b"Transfer-Encoding:\r\n chunked\r\n\r\n" + _END,
    "a folded header that hides it": b"X-One: a\r\n Transfer-Encoding: chunked\r\n\r\n" + _END,
    "a fold by tab": b"X-One: a\r\n\tTransfer-Encoding: chunked\r\n\r\n" + _END,
    "hidden behind a line feed": b"X-One: a\nTransfer-Encoding: chunked\r\n\r\n" + _END,
    "hidden behind a carriage return": b"X-One: a\rTransfer-Encoding: chunked\r\n\r\n" + _END,
    "an obsolete letter in the name": b"Transf\xc4\x97r-Encoding: chunked\r\n\r\n" + _END,
}
_CHUNKS: Final[dict[str, bytes]] = {
    name: _TE + b"\r\n" + body
    for name, body in {
        "no size": b"\r\n\r\n" + _END,
        "a size that is none": b"zz\r\nab\r\n" + _END,
        "a negative size": b"-1\r\n\r\n" + _END,
        "a plus before the size": b"+2\r\n{}\r\n" + _END,
        "a size with 0x": b"0x2\r\n{}\r\n" + _END,
        "a blank before the size": b" 2\r\n{}\r\n" + _END,
        "a size with an underscore": b"0_2\r\n{}\r\n" + _END,
        "a size beyond 64 bits": b"10000000000000002\r\n{}\r\n" + _END,
        "a size beyond all": b"f" * 64 + b"\r\n{}\r\n" + _END,
        "more than the size says": b"2\r\n{}x\r\n" + _END,
        "no line end behind the chunk": b"2\r\n{}0\r\n\r\n",
        "a line feed behind the size": b"2\n{}\r\n" + _END,
        "a line feed behind the chunk": b"2\r\n{}\n" + _END,
        "a carriage return behind the size": b"2\r{}\r\n" + _END,
        "a nul in the size": b"2\x00\r\n{}\r\n" + _END,
        "an extension with a line feed": b"2;x=\n{}\r\n" + _END,
        "a last chunk behind a line feed": b"2\r\n{}\r\n0\n\n",
        "a trailer with a blank before its colon": b"0\r\nX-One : a\r\n\r\n",
        "a trailer with a line feed": b"0\r\nX-One: a\nX-Two: b\r\n\r\n",
    }.items()
}
_LINES: Final[dict[str, bytes]] = {
    "line feeds alone": b"X-One: a\n\n",
    "a carriage return alone": b"X-One: a\rX-Two: b\r\n\r\n",
    "a nul in a value": b"X-One: a\x00b\r\n\r\n",
    "a nul in a name": b"X-\x00One: a\r\n\r\n",
    "a delete in a value": b"X-One: a\x7fb\r\n\r\n",
    "no colon": b"X-One\r\n\r\n",
    "no name": b": a\r\n\r\n",
    "a blank in a name": b"X One: a\r\n\r\n",
    "a name in quotes": b'"X-One": a\r\n\r\n',
    "a bracket in a name": b"X(One): a\r\n\r\n",
    "a letter that is not ASCII in a name": b"X-\xc3\xa9: a\r\n\r\n",
    "two hosts": b"Host: other\r\n\r\n",
    "two tokens": b"Authorization: Bearer x\r\n\r\n",
    "two keys": b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n",
    "two kinds of content": b"Content-Type: text/plain\r\nContent-Type: application/json\r\n\r\n",
    "an upgrade to h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    "an upgrade to a socket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "an upgrade to TLS": b"Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n",
    "a head beyond count": b"".join(b"X-%d: a\r\n" % number for number in range(120)) + b"\r\n",
    "a head beyond size": b"X-One: " + b"a" * 40_000 + b"\r\n\r\n",
}
AFTER_THE_START: Final = {
    f"{family}: {name}": START + rest
    for family, cases in {"length": _LENGTHS, "coding": _CODINGS, "chunk": _CHUNKS, "line": _LINES}.items()
    for name, rest in cases.items()
}
# Whole requests that are none.
_WHOLE: Final[dict[str, bytes]] = {
    "HTTP/0.9": b"GET /v1/referrals\r\n\r\n",
    "HTTP/1.0 with chunks": b"POST /v1/referrals HTTP/1.0\r\n" + OURS + _TE + b"\r\n" + _END,
    "HTTP/2.0": _get(b"/v1/referrals", b"HTTP/2.0"),
    "HTTP/1.2": _get(b"/v1/referrals", b"HTTP/1.2"),
    "HTTP/1.10": _get(b"/v1/referrals", b"HTTP/1.10"),
    "http/1.1": _get(b"/v1/referrals", b"http/1.1"),
    "HTTPS/1.1": _get(b"/v1/referrals", b"HTTPS/1.1"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "another protocol": b"EHLO example.test\r\n",
    "no host": b"GET /v1/referrals HTTP/1.1\r\nAuthorization: Bearer $TOKEN\r\n\r\n",
    "a tunnel": b"CONNECT gateway:443 HTTP/1.1\r\n" + OURS + b"\r\n",
    "a method that nobody knows": b"SMUGGLE /v1/referrals HTTP/1.1\r\n" + OURS + b"\r\n",
    "a method in small letters": b"get /v1/referrals HTTP/1.1\r\n" + OURS + b"\r\n",
    "a trace": b"TRACE /v1/referrals HTTP/1.1\r\n" + OURS + b"\r\n",
    "two blanks": b"GET  /v1/referrals  HTTP/1.1 x\r\n" + OURS + b"\r\n",
    "a tab for a blank": b"GET\t/v1/referrals\tHTTP/1.1\r\n" + OURS + b"\r\n",
    "a line end in the target": _get(b"/v1/referrals\r\nX-One: a"),
    "a nul in the target": _get(b"/v1/referrals/\x00"),
    "a blank in the target": _get(b"/v1/referrals/a b"),
}
REFUSED: Final = {**AFTER_THE_START, **{f"whole: {name}": data for name, data in _WHOLE.items()}}

# Targets that are nowhere, whatever they look like.
NOWHERE: Final = (
    b"/v1/referrals/../families", b"/v1/referrals/..", b"/v1/referrals/./1", b"/v1/./families", b"/../v1/families",
    b"/v1/referrals/%2e%2e/families", b"/v1/referrals/%2E%2e/families", b"/v1/referrals/.%2e/families",
    b"/v1/referrals/..%2ffamilies", b"/v1/referrals%2f..%2ffamilies", b"/v1/referrals%2f1", b"/v1%2freferrals",
    b"//v1/referrals", b"/v1//referrals", b"/v1/referrals//1", b"///v1/referrals", b"/v1/referrals/1//",
    b"/v1/referrals\\..\\families", b"/v1/referrals/%5c..%5cfamilies", b"\\v1\\referrals",
    b"/v1/referrals/%00", b"/v1/referrals/%0d%0aX-One:%20a", b"/v1/referrals/%09", b"/v1/referrals/%7f",
    b"/V1/referrals", b"/v1/Referrals", b"/v1/REFERRALS/1", b"/v1/referrals.", b"/v1./referrals", b"/v1/referrals.json",
    b"/v1/referrals;x=y", b"/v1;x/referrals", b"/v1/referrals%20", b"/v1/%20referrals", b"/v1/referrals%3b",
    b"/v1/case-facts", b"/v1/families/1/case-facts", b"/v1/families/1/%63ase-facts", b"/v1/families/1/case%2dfacts",
    b"/v1/families/%2e/case-facts", b"/v1/families/1/case-facts/", b"/v1/families/1/case-facts?x=/v1/families",
    b"/v1/families/1/./case-facts", b"/v1/case-facts/../families",
    b"/v1", b"/v1/", b"/v2/referrals", b"/v1/nothing", b"/internal/referrals", b"/v1/%c0%ae%c0%ae/families",
    b"/v1/referrals/%e2%80%ae", b"/v1/referrals/%ef%bc%8e%00", b"/v1/\xef\xbd\x92eferrals", b"/%76%31%2freferrals",
    b"http://gateway/v1/../v1/families", b"http://gateway//v1/families", b"*", b"gateway:443", b"v1/referrals",
    b"?/v1/referrals", b"#/v1/referrals", b"/?/v1/referrals", b"/v1/referrals%23/../families",
)  # fmt: skip

# Header lines that pretend, each with what must not arrive.
SPOOFS: Final[dict[str, tuple[bytes, bytes]]] = {
    name: (line, line.partition(b":")[0].lower())
    for name, line in {
        "forwarded for": b"X-Forwarded-For: 127.0.0.1",
        "forwarded host": b"X-Forwarded-Host: evil.test",
        "forwarded proto": b"X-Forwarded-Proto: https",
        "forwarded prefix": b"X-Forwarded-Prefix: /admin",
        "forwarded": b"Forwarded: for=127.0.0.1;host=evil.test",
        "real address": b"X-Real-IP: 127.0.0.1",
        "original URL": b"X-Original-URL: /v1/case-facts",
        "rewritten URL": b"X-Rewrite-URL: /v1/case-facts",
        "another method": b"X-HTTP-Method-Override: DELETE",
        "our caller": b"X-Circle-Caller: admin",
        "our partnership": b"X-Circle-Partnership: 1",
        "our route": b"X-Circle-Route: /v1/case-facts",
        "our roles": b"X-Circle-Roles: admin",
        "an underscore": b"X_Forwarded_For: 127.0.0.1",
        "a cookie": b"Cookie: circle_session=x",
        "a proxy's token": b"Proxy-Authorization: Basic eDp5",
        "a proxy's connection": b"Proxy-Connection: keep-alive",
        "trailers": b"Trailer: Authorization",
        "codings wished for": b"TE: trailers",
        "kept alive": b"Keep-Alive: timeout=9999",
        "a range": b"Range: bytes=0-1",
        "a via": b"Via: 1.1 evil",
        "a client's certificate": b"X-Client-Cert: x",
        "a service's identity": b"X-Remote-User: admin",
    }.items()
}
