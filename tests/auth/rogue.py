"""A provider on loopback that answers as a test tells it to, rightly or wrongly."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from werkzeug.serving import make_server

from auth.provider.serve import Quiet
from portal.kernel import clock

SECRET = "client-secret-of-the-test"


@dataclass
class Rogue:
    """What it says; every part can be made wrong."""

    issuer: str = ""
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    alg: str = "ES256"
    signer: Any = None
    published: list[ECKey] = field(default_factory=list)
    token: dict[str, Any] | None = None
    raw: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    form: dict[str, str] = field(default_factory=dict)
    authorization: str = ""
    free: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.free.set()
        self.signer = new_key("first")
        self.published = [self.signer]

    def id_token(self) -> str:
        moment = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": ["portal"],
            "sub": "s-1",
            "name": "示例·甲",
            "iat": moment,
            "exp": moment + 300,
            "nonce": self.nonce,
            **self.claims,
        }
        claims = {key: value for key, value in claims.items() if value is not None}
        header = {"alg": self.alg, "kid": getattr(self.signer, "kid", None) or "none"}
        if self.alg == "none":
            unsigned = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
            return "eyJhbGciOiJub25lIn0." + unsigned.split(".")[1] + "."
        return jwt.encode(header, claims, self.signer, algorithms=[self.alg])


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


def _application(rogue: Rogue) -> Flask:
    app = Flask(__name__)

    @app.before_request
    def note() -> Response | None:
        rogue.asked.append(request.path)
        rogue.free.wait(10)
        if request.path in rogue.raw:
            status, body = rogue.raw[request.path]
            return Response(body, status)
        return None

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        issuer = rogue.issuer
        return jsonify(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize?tenant=1",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                **rogue.metadata,
            }
        )

    @app.get("/jwks")
    def jwks() -> Response:
        return jsonify(KeySet(list(rogue.published)).as_dict(private=False))

    @app.get("/userinfo")
    def userinfo() -> Response:
        return jsonify(rogue.userinfo)

    @app.post("/token")
    def token() -> Response:
        rogue.form = request.form.to_dict()
        rogue.authorization = request.headers.get("Authorization", "")
        if rogue.token is not None:
            return jsonify(rogue.token)
        return jsonify(access_token="at", token_type="Bearer", id_token=rogue.id_token())

    return app


@contextmanager
def serving() -> Iterator[Rogue]:
    """The provider, on a port of its own."""
    rogue = Rogue()
    server = make_server("127.0.0.1", 0, _application(rogue), threaded=True, request_handler=Quiet)
    rogue.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield rogue
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
