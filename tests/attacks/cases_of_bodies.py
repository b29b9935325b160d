"""Bodies that are too much for a careless reader, and the requests that carry them."""

import json


def head(token: bytes, *lines: bytes, method: bytes = b"POST", path: bytes = b"/v1/families") -> bytes:
    start = (b"%b %b HTTP/1.1" % (method, path), b"Host: edge", b"Authorization: Bearer " + token)
    return b"\r\n".join([*start, b"Content-Type: application/json", b"Idempotency-Key: k", *lines]) + b"\r\n"


def posted(token: bytes, body: bytes, *lines: bytes) -> bytes:
    return head(token, b"Connection: close", b"Content-Length: %d" % len(body), *lines) + b"\r\n" + body


# Within what a body may have.
DEEP = b"[" * 100_000 + b"]" * 100_000
BODIES: dict[str, bytes] = {
    "lists that nest": DEEP,
    "objects that nest": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "lists that never end": b"[" * 100_000,
    "a list that nests within a field": b'{"local_reference":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a wide object": json.dumps({f"key{number}": number for number in range(14_000)}).encode(),
    "a wide list": b"[" + b"1," * 125_000 + b"1]",
    "a field given forty thousand times": b"{" + b'"a":1,' * 40_000 + b'"a":1}',
    "keys that a naive table would put together": json.dumps({str(n * 65_536): 0 for n in range(15_000)}).encode(),
    "a number beyond all": b'{"a":' + b"9" * 250_000 + b"}",
    "a number of five thousand digits": b'{"local_reference":' + b"9" * 5_000 + b"}",
    "an exponent beyond all": b'{"local_reference":1e999999999}',
    "a fraction beyond all": b'{"local_reference":0.' + b"1" * 250_000 + b"}",
    "a text beyond all": b'{"local_reference":"' + b"x" * 250_000 + b'"}',
    "escapes beyond count": b'{"local_reference":"' + b"\\u0000" * 40_000 + b'"}',
    "blanks": b" " * 250_000,
    "a megabyte": b" " * 1_000_000,
    "nothing but a byte order mark": b"\xef\xbb\xbf",
}
