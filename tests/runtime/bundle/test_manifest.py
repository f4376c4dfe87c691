"""Nothing of a bundle is opened before its manifest is the one that was meant, and lists all that lies in the folder."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from forging import with_tree

KEY_ID = b"12345678"


def refused(code: Any, folder: Path, words: str, **options: Any) -> None:
    """A bundle is refused in these words."""
    with pytest.raises(code.bundle.BundleError, match=words):
        code.bundle.load(folder, **options)


# --------------------------------------------------------------------------- files


@pytest.mark.parametrize("name", ["planted.py", "estimators/more.skops", "code/__pycache__/model.cpython-311.pyc"])
def test_a_file_that_the_manifest_does_not_list_is_refused(code: Any, tmp_path: Path, name: str) -> None:
    with_tree(tmp_path, 1)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    refused(code, tmp_path, f"{name}` does not belong to this bundle")
    assert code.bundle.load(tmp_path, beside=[name])["x"] == 1


@pytest.mark.parametrize("what", ["file", "listed file", "folder"])
def test_links_are_refused(code: Any, tmp_path: Path, what: str) -> None:
    bundle = with_tree(tmp_path / "bundle", 1)
    elsewhere = with_tree(tmp_path / "elsewhere", 1)
    if what == "folder":
        (bundle / "linked").symlink_to(elsewhere)
    elif what == "file":
        (bundle / "linked").symlink_to(elsewhere / "values.json")
    else:
        (bundle / "values.json").unlink()
        (bundle / "values.json").symlink_to(elsewhere / "values.json")
    refused(code, bundle, "is a link")


def test_the_folder_itself_may_be_reached_by_a_link(code: Any, tmp_path: Path) -> None:
    with_tree(tmp_path / "bundle", 1)
    (tmp_path / "production").symlink_to(tmp_path / "bundle")
    assert code.bundle.load(tmp_path / "production")["x"] == 1


@pytest.mark.parametrize(
    "name", ["../elsewhere", "/etc/passwd", "a/../../b", "a\\b", "C:x", "", ".", "./values.json", "a//b"]
)
def test_a_path_that_leaves_the_folder_is_refused(code: Any, tmp_path: Path, name: str) -> None:
    with_tree(tmp_path / "bundle", 1)
    (tmp_path / "elsewhere").write_bytes(b"")
    path = tmp_path / "bundle" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][name] = {"sha256": hashlib.sha256(b"").hexdigest(), "size_bytes": 0}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    refused(code, tmp_path / "bundle", "is not a path inside the bundle")


def test_a_file_of_another_size_is_not_read(code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_tree(tmp_path, 1)
    with (tmp_path / "values.json").open("ab") as file:
        file.truncate(10**9)
    monkeypatch.setattr("nbexport_runtime.bundle.manifest.sha256", lambda path: pytest.fail("it was read"))
    refused(code, tmp_path, "was changed")


@pytest.mark.parametrize("facts", [None, [], {}, {"sha256": "x"}])
def test_a_file_without_facts_is_refused(code: Any, tmp_path: Path, facts: Any) -> None:
    with_tree(tmp_path, 1)
    manifest = {"format": 2, "files": {"values.json": facts}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    refused(code, tmp_path, "missing or was changed")


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"values": 1}', '{"values": {"x": {"t": "ref", "n": 5}}}', "{}", "1"]
)
def test_values_of_another_form_are_refused(code: Any, tmp_path: Path, content: str) -> None:
    data = content.encode()
    (tmp_path / "values.json").write_bytes(data)
    files = {"values.json": {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 2, "files": files}), encoding="utf-8")
    refused(code, tmp_path, "cannot be read")


# --------------------------------------------------------------------------- digest


def test_a_bundle_is_loaded_by_the_digest_of_its_manifest(code: Any, tmp_path: Path) -> None:
    digest = code.bundle.digest_of(with_tree(tmp_path, 1))
    assert digest == hashlib.sha256((tmp_path / "manifest.json").read_bytes()).hexdigest()
    assert code.bundle.load(tmp_path, digest=digest)["x"] == 1


def test_another_bundle_under_the_same_name_is_not_opened(
    code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = code.bundle.digest_of(with_tree(tmp_path, 1))
    with_tree(tmp_path, 2)
    monkeypatch.setattr("nbexport_runtime.bundle.manifest.json.loads", lambda data: pytest.fail("it was opened"))
    refused(code, tmp_path, "not the one that was promoted", digest=digest)


# --------------------------------------------------------------------------- signature


def public(key: Ed25519PrivateKey) -> str:
    """A public key as minisign prints it."""
    return base64.b64encode(b"Ed" + KEY_ID + key.public_key().public_bytes_raw()).decode()


def sign(folder: Path, key: Ed25519PrivateKey, *, hashed: bool = True) -> None:
    """What `minisign -Sm manifest.json` does."""
    data = (folder / "manifest.json").read_bytes()
    signature = key.sign(hashlib.blake2b(data).digest() if hashed else data)
    comment = "timestamp:1764280800\tfile:manifest.json"
    lines = [
        "untrusted comment: signature from minisign secret key",
        base64.b64encode((b"ED" if hashed else b"Ed") + KEY_ID + signature).decode(),
        f"trusted comment: {comment}",
        base64.b64encode(key.sign(signature + comment.encode())).decode(),
    ]
    (folder / "manifest.json.minisig").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("hashed", [True, False])
def test_a_signed_bundle_is_loaded(code: Any, tmp_path: Path, hashed: bool) -> None:
    key = Ed25519PrivateKey.generate()
    sign(with_tree(tmp_path, 1), key, hashed=hashed)
    assert code.bundle.load(tmp_path, public_key=public(key))["x"] == 1
    assert code.bundle.load(tmp_path, public_key=f"untrusted comment: key\n{public(key)}\n")["x"] == 1
    assert code.bundle.load(tmp_path)["x"] == 1


def changed(folder: Path) -> None:
    with (folder / "manifest.json").open("ab") as file:
        file.write(b" ")


def other_comment(folder: Path) -> None:
    path = folder / "manifest.json.minisig"
    path.write_text(path.read_text(encoding="utf-8").replace("file:", "file:other-"), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "manifest.json.minisig").unlink(), "is not signed"),
        (lambda folder: (folder / "manifest.json.minisig").write_text("x\ny\nz\n"), "not a signature"),
        (lambda folder: (folder / "manifest.json.minisig").write_text("x\ny\ntrusted comment: z\n!\n"), "form"),
        (lambda folder: sign(folder, Ed25519PrivateKey.generate()), "another key"),
        (changed, "changed after it was signed"),
        (other_comment, "changed after it was signed"),
    ],
)
def test_what_is_not_signed_is_not_opened(
    code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Any, words: str
) -> None:
    key = Ed25519PrivateKey.generate()
    sign(with_tree(tmp_path, 1), key)
    damage(tmp_path)
    monkeypatch.setattr("nbexport_runtime.bundle.manifest.json.loads", lambda data: pytest.fail("it was opened"))
    refused(code, tmp_path, words, public_key=public(key))


def test_a_key_of_another_form_is_refused(code: Any, tmp_path: Path) -> None:
    sign(with_tree(tmp_path, 1), Ed25519PrivateKey.generate())
    refused(code, tmp_path, "the public key is not of minisign's form", public_key="abc")


def test_a_signature_needs_cryptography(code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    refused(code, with_tree(tmp_path, 1), "pip install cryptography", public_key="abc")
