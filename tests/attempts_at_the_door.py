"""Attempts with odd paths, sizes, files, methods, hosts and headers."""

import json

from attack import FORM, HOST, JSON, LIMITS, OWN, PAGE, Attempt, encoded, request

STEPS = (
    "../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%5c..%5cetc%5cpasswd", "%252e%252e%252fetc%252fpasswd", "....//....//etc/passwd",
    "%c0%ae%c0%ae/etc/passwd", "%2fetc%2fpasswd", "..;/..;/etc/passwd", "index.sqlite%00.csv",
    "..%2findex.sqlite", "..%2f..%2faccounts.sqlite", "..%2f..%2f..%2faudit.log",
    "file:%2f%2f%2fetc",
)  # fmt: skip

SECRETS = (b"root:", b"SQLite format", b"$argon2", b'"act"')


def tells_nothing(got):
    return not any(word in got.body for word in SECRETS)


def traversal(on):
    places = [
        *("/", "/static/", "/static/0123456789ab/", "/cases/", "/worlds/", "/runs/"),
        *(f"/runs/{on.run}/files/", f"/runs/{on.run}/inputs/", "/api/v1/scenarios/"),
        *("/api/v1/worlds/", "/api/v1/runs/", f"/api/v1/runs/{on.run}/artefacts/"),
    ]
    for place in places:
        for step in STEPS:
            path = place + step
            yield Attempt(
                "a path outside", path, (400, 404, 422), headers=on.as_("anna"), check=tells_nothing
            )


def sizes(on):
    anna = on.as_("anna")
    big, bigger = b"a" * (LIMITS.body_bytes + 1), b"a" * (LIMITS.upload_bytes + 1)
    upload = {"Content-Type": "multipart/form-data; boundary=x"}
    chunk = b"%x\r\n%s\r\n" % (50_000, b"a" * 50_000)
    chunks = {"Transfer-Encoding": "chunked"}
    long = "a" * 9_000
    yield Attempt("a long body", "/api/v1/validate", (413,), "POST", anna | JSON, big)
    yield Attempt("a long form", "/account/tokens", (413,), "POST", anna | FORM, big)
    yield Attempt("a long upload", "/upload", (413,), "POST", anna | upload, bigger)
    yield Attempt(
        "a long body in parts", "/account/tokens", (413,), "POST", anna | FORM | chunks, chunk * 3
    )
    yield Attempt(
        "a lying length", "/account/tokens", (400,), "POST", anna | {"Content-Length": "-1"}
    )
    yield Attempt("a long query", f"/?q={long}", (414,), headers=anna)
    yield Attempt("a long path", f"/cases/{'a' * 70_000}", (400, 404, 414, 431), headers=anna)
    yield Attempt("a long header", "/", (431,), headers=anna | {"X-A": "a" * 20_000})
    many = {f"X-{n}": "a" for n in range(200)}
    yield Attempt("many headers", "/", (431,), headers=anna | many)
    yield Attempt("a huge header", "/", (400, 431), headers=anna | {"X-A": "a" * 200_000})


def files(on):
    """Files that are small to send and large to read."""
    if "/api/v1/validate" not in on.paths:
        return
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    texts = {
        "anchors that explode": laughs,
        "merges that explode": laughs.replace("[", "{<<: [").replace("]", "]}"),
        "a list in itself": "a: &a [*a]\n",
        "deep lists": "[" * 40_000,
        "deep maps": "{a: " * 15_000,
        "deep blocks": "".join(f"{' ' * n}a:\n" for n in range(400)),
        "a number of many digits": f"title: {'9' * 80_000}\n",
        "a tag that runs code": "title: !!python/object/apply:os.system ['echo root: > /tmp/x']\n",
        "a file from elsewhere": "extends: ../../../../etc/passwd\n",
        "another file": "world: /etc/passwd\nrecords: ../../accounts.sqlite\n",
        "null characters": "title: \x00\x00\n",
        "halves of letters": "title: \ud800\n",
    }
    for what, text in texts.items():
        for kind in ("scenario", "shocks"):
            body = json.dumps({"kind": kind, "text": text}).encode()
            yield Attempt(
                f"{what} as {kind}", "/api/v1/validate", (200, 413, 422), "POST",
                on.as_("anna") | JSON, body, check=not_valid,
            )  # fmt: skip
    yield Attempt(
        "deep JSON", "/api/v1/validate", (400, 413, 422), "POST", on.as_("anna") | JSON,
        b'{"kind":' + b"[" * 50_000,
    )  # fmt: skip


def not_valid(got):
    return tells_nothing(got) and b'"valid":true' not in got.body.replace(b" ", b"")


def methods(on):
    anna, api = on.as_("anna"), f"/api/v1/runs/{on.run}"
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        yield Attempt(
            f"delete by {name}", f"{api}?_method=DELETE", (200, 404),
            headers=anna | {name: "DELETE"},
            check=on.still_there,
        )  # fmt: skip
    form = encoded({"_method": "DELETE", "csrf": on.sessions["anna"][1]})
    yield Attempt(
        "delete by a form's field", api, (404, 405), "POST", anna | OWN | FORM, form,
        check=on.still_there,
    )  # fmt: skip
    for method in ("TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG"):
        yield Attempt(f"the method {method}", "/", (400, 405), method, anna)


def hosts(on):
    anna = on.as_("anna")

    def raw(host, path="/", more=""):
        lines = f"GET {path} HTTP/1.1\r\n{host}X-Forwarded-Proto: https\r\nConnection: close\r\n"
        return (lines + f"Cookie: {anna['Cookie']}\r\n{more}\r\n").encode("latin-1")

    for name in (
        *(
            "evil.example",
            f"{HOST}.evil.example",
            f"evil.example:80@{HOST}",
            "127.0.0.1",
            "localhost",
        ),
        *(f"{HOST}@evil.example", f"evil.example/{HOST}", f"{HOST},evil.example", f"{HOST} evil"),
    ):
        yield Attempt(f"the host {name}", "/", (400, 421), raw=raw(f"Host: {name}\r\n"))
    twice = f"Host: {HOST}\r\nHost: evil.example\r\n"
    yield Attempt("two hosts", "/", (400, 421), raw=raw(twice))
    yield Attempt("no host", "/", (400, 421), raw=raw(""))
    whole = raw(f"Host: {HOST}\r\n", "http://evil.example/")
    yield Attempt("a whole address", "http://evil.example/", (400, 404), raw=whole)
    for name in ("X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-URL", "X-Rewrite-URL"):
        sneaky = raw(f"Host: {HOST}\r\n", "/account/", f"{name}: evil.example\r\n")
        yield Attempt(
            f"a host in {name}", "/account/", (307, 404), raw=sneaky, check=stays_here
        )  # fmt: skip
    yield Attempt(
        "an open line", "/login", (403,), raw=request("GET", "/login", {}, b"", proxied=False)
    )
    plain = {"X-Forwarded-Proto": "http"}
    yield Attempt("a post on an open line", "/login", (403,), "POST", plain)
    yield Attempt("an open line by the proxy", "/login", (308,), headers=plain, check=stays_here)


def stays_here(got):
    place = got.header("location")
    return "evil" not in place and (not place or place.startswith(("/", f"https://{HOST}/")))


def injection(on):
    anna = on.as_("anna")
    clean = {"check": lambda got: "evil" not in got.head.lower()}
    for path in ("/%0d%0aSet-Cookie:%20evil=1", "/login%0d%0aevil:1", "/cases/a%0aevil"):
        yield Attempt("a line break in a path", path, (404,), headers=anna, **clean)
    for at in ("/login?next=/%0d%0aevil:1", "/login?next=%0d%0aevil:1", "/login?next=/a%E5%98%8D"):
        yield Attempt("a line break in next", at, (200, 303), headers=anna | PAGE, **clean)
    broken = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-A: a\x00b\r\nConnection: close\r\n\r\n".encode()
    yield Attempt("a null in a header", "/", (400,), raw=broken)
    folded = f"GET / HTTP/1.1\r\nHost: {HOST}\r\n Evil: 1\r\nConnection: close\r\n\r\n".encode()
    yield Attempt("a folded header", "/", (400, 401, 403, 421), raw=folded, **clean)
    for path in ("/runs%00", "/cases/moscow-pyongyang%00.html", "/?q=%00", "/runs?kind=a%00b"):
        yield Attempt("a null character", path, (400, 404), headers=anna)
    fields = {"csrf": on.sessions["anna"][1], "label": "a\x00\r\nevil: 1", "days": 9}
    yield Attempt(
        "line breaks in a label", "/account/tokens", (422,), "POST", anna | OWN | FORM,
        encoded(fields),
        **clean,
    )  # fmt: skip


KINDS = (traversal, sizes, files, methods, hosts, injection)
