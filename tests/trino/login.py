"""What a server needs to demand a login over https: a certificate, a secret, and tokens signed with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SECRET = b"only for tests, and long enough for HS256"
_CONFIG = """
http-server.https.enabled=true
http-server.https.port={port}
http-server.https.keystore.path={keystore}
http-server.authentication.type=JWT
http-server.authentication.jwt.key-file={secret}
http-server.authentication.allow-insecure-over-http=true
internal-communication.shared-secret=internal
"""


@dataclass(frozen=True)
class Login:
    """A second port that speaks https and asks for a token; http goes on without one. Files are in `directory`."""

    directory: Path
    port: int

    @property
    def certificate(self) -> Path:
        return self.directory / "certificate.pem"

    def config(self) -> str:
        """Writes the files; returns the lines for config.properties."""
        key, keystore, secret = (self.directory / name for name in ("key.pem", "keystore.pem", "secret"))
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        extension = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subprocess.run(
            [*command, *extension, "-keyout", key, "-out", self.certificate], check=True, capture_output=True
        )
        keystore.write_text(key.read_text() + self.certificate.read_text())
        secret.write_bytes(base64.b64encode(_SECRET))
        return _CONFIG.format(port=self.port, keystore=keystore, secret=secret)

    def token(self, user: str) -> str:
        """A token that the server accepts for this user."""
        claims = b".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, {"sub": user}))
        return b".".join((claims, _encoded(hmac.digest(_SECRET, claims, hashlib.sha256)))).decode()


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
