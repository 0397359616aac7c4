"""The key that signs id tokens: made once, kept readable by its owner only."""

import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
BITS = 2048


def signing_key(folder: Path) -> RSAKey:
    """The key of the folder, made when there is none; two that start at once get the same."""
    path = folder / "provider-key.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(path)
    return RSAKey.import_key(json.loads(path.read_text(encoding="ascii")))


def _make(path: Path) -> None:
    key = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        json.dump(key.as_dict(private=True), stream)
    try:
        os.link(draft, path)  # fails when another process was first; then its key counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
