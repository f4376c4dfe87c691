"""Signatures of manifests by minisign: `minisign -Sm manifest.json` writes `manifest.json.minisig`.

Source: https://jedisct1.github.io/minisign/ (format of keys and signatures).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path

from nbexport_runtime.bundle.errors import BundleError

SIGNATURE = "manifest.json.minisig"
PLAIN, HASHED = b"Ed", b"ED"
"""What is signed: the file itself, or its BLAKE2b digest."""
KEY_BYTES, SIGNATURE_BYTES = 2 + 8 + 32, 2 + 8 + 64


def verify(folder: Path, data: bytes, public_key: str) -> None:
    """Raise unless a key has signed a manifest.

    Args:
        folder: The bundle, which holds the signature.
        data: The manifest's bytes.
        public_key: The key as minisign prints it (base64), or the text of its file.

    Raises:
        BundleError: It has not, or that cannot be told here.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise BundleError(
            "a signature cannot be checked without `cryptography`; run `pip install cryptography`"
        ) from None
    try:
        text = (folder / SIGNATURE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BundleError(f"`{folder}` is not signed (no {SIGNATURE})") from None
    key = _decoded(public_key.strip().splitlines()[-1] if public_key.strip() else "", KEY_BYTES, "the public key")
    lines = text.splitlines()
    if len(lines) < 4 or not lines[2].startswith("trusted comment: "):
        raise BundleError(f"`{folder / SIGNATURE}` is not a signature of minisign")
    signature = _decoded(lines[1], SIGNATURE_BYTES, SIGNATURE)
    whole = _decoded(lines[3], 64, SIGNATURE)
    if key[:2] != PLAIN or signature[:2] not in (PLAIN, HASHED) or signature[2:10] != key[2:10]:
        raise BundleError(f"`{folder / SIGNATURE}` was made with another key")
    signed = data if signature[:2] == PLAIN else hashlib.blake2b(data).digest()
    comment = lines[2].removeprefix("trusted comment: ").encode()
    verifier = Ed25519PublicKey.from_public_bytes(key[10:])
    try:
        verifier.verify(signature[10:], signed)
        verifier.verify(whole, signature[10:] + comment)
    except InvalidSignature:
        raise BundleError(
            f"`{folder}/manifest.json` was changed after it was signed, or is signed with another key"
        ) from None


def _decoded(text: str, size_bytes: int, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != size_bytes:
        raise BundleError(f"{what} is not of minisign's form")
    return data
