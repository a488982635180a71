"""Who signed a version, and whether it is what was signed. `signed/` was signed by model_signing 1.1.1."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from service.errors import ConfigurationError, PackageError
from service.inference.loader import Runtime
from service.inference.package.manifest import sha256
from service.inference.package.signature import SIGNATURE_NAME, Trust, trust_in
from service.inference.repository import Repository
from tests.integration.server import command
from tests.packages import write_package
from tests.service.inference.conftest import reason

HERE = Path(__file__).parent
TYPE = b"application/vnd.in-toto+json"


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "signed", tmp_path / "signed"))


@pytest.fixture
def trust() -> Trust:
    return Trust(HERE / "signed.pub")


def sign(folder: Path, key: ec.EllipticCurvePrivateKey, change: Callable[[Any], object] = lambda _: None) -> None:
    """As model_signing does; `change` gets the statement before it is signed."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    resources = [{"name": name, "algorithm": "sha256", "digest": sha256(folder / name)} for name in names]
    statement = {
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {"resources": resources, "serialization": {"method": "files"}},
    }
    change(statement)
    payload = json.dumps(statement).encode()
    signature = key.sign(b"DSSEv1 %d %b %d %b" % (len(TYPE), TYPE, len(payload), payload), ec.ECDSA(hashes.SHA256()))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": TYPE.decode(),
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }
    (folder / SIGNATURE_NAME).write_text(json.dumps({"dsseEnvelope": envelope}))


def new_key(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, Path]:
    key, file = ec.generate_private_key(ec.SECP256R1()), folder / "key.pub"
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    file.write_bytes(key.public_key().public_bytes(*form))
    return key, file


def test_what_the_fields_tool_signed_is_trusted(signed: Path, trust: Trust) -> None:
    trust.check(signed)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: (f / "a.txt").write_text("A\n"), "a.txt is not the file that was signed"),
        (lambda f: (f / "deep" / "b.txt").unlink(), "deep/b.txt was signed, and is missing"),
        (lambda f: (f / "deep" / "c.txt").write_text("c"), "deep/c.txt is not among the signed files"),
        (lambda f: (f / SIGNATURE_NAME).unlink(), "model.sig is missing, and this service serves what is signed only"),
        (lambda f: (f / SIGNATURE_NAME).write_text("x"), "model.sig is no signature by OpenSSF Model Signing"),
        (lambda f: (f / SIGNATURE_NAME).write_text("{}"), "model.sig is no signature by OpenSSF Model Signing"),
        (lambda f: (f / SIGNATURE_NAME).write_text("[" * 10_000), "model.sig is no signature"),
        (lambda f: sign(f, new_key(f.parent)[0]), "model.sig was not made with the key that this service trusts"),
    ],
)
def test_what_is_not_as_it_was_signed_is_told(
    signed: Path, trust: Trust, change: Callable[[Path], object], told: str
) -> None:
    change(signed)
    with pytest.raises(PackageError, match=told):
        trust.check(signed)


def test_one_changed_bit_of_what_was_signed_is_no_signature(signed: Path, trust: Trust) -> None:
    document = json.loads((signed / SIGNATURE_NAME).read_text())
    payload = base64.b64decode(document["dsseEnvelope"]["payload"]).replace(b"a.txt", b"b.txt")
    document["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    (signed / SIGNATURE_NAME).write_text(json.dumps(document))
    with pytest.raises(PackageError, match="not made with the key"):
        trust.check(signed)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.update(predicateType="another"),
        lambda s: s["predicate"]["serialization"].update(method="shards"),
        lambda s: s["predicate"]["resources"][0].update(algorithm="blake2b"),
        lambda s: s["predicate"].update(resources=[]),
        lambda s: s.pop("predicate"),
    ],
)
def test_a_statement_of_another_kind_is_no_signature(tmp_path: Path, change: Callable[[Any], object]) -> None:
    key, public = new_key(tmp_path)
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "a").write_text("a")
    sign(tmp_path / "v", key, change)
    with pytest.raises(PackageError, match="is no signature by OpenSSF Model Signing"):
        Trust(public).check(tmp_path / "v")


def test_a_key_that_cannot_be_is_told(tmp_path: Path) -> None:
    assert trust_in("") is None
    with pytest.raises(ConfigurationError, match="--model-public-key: gone is missing"):
        trust_in(str(tmp_path / "gone"))
    (tmp_path / "text").write_text("text")
    with pytest.raises(ConfigurationError, match="holds no public key in PEM"):
        trust_in(str(tmp_path / "text"))
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "ed.pub").write_bytes(other.public_bytes(*form))
    with pytest.raises(ConfigurationError, match="must be of an elliptic curve, as P-256"):
        trust_in(str(tmp_path / "ed.pub"))


def test_only_what_is_signed_is_served(models: Path, runtime: Runtime, tmp_path: Path) -> None:
    key, public = new_key(tmp_path)
    write_package(models, "signed")
    sign(models / "signed" / "1", key)
    bare = models / "bare"
    (bare / "1").mkdir(parents=True)
    shutil.copy(models / "bands" / "1" / "model.onnx", bare / "1")
    shutil.copy(models / "bands" / "config.pbtxt", bare)
    (bare / "config.pbtxt").write_text((bare / "config.pbtxt").read_text().replace("bands", "bare"))
    repository = Repository(models, Runtime(runtime.provider, runtime.executor, runtime.observer, trust=Trust(public)))
    repository.load_all()
    assert [model.name for model in repository.ready_models()] == ["signed"]
    assert reason(repository, "bare").startswith("model.sig is missing")


def test_the_commands_heed_it_too(models: Path, tmp_path: Path) -> None:
    key, public = new_key(tmp_path)
    asked = ("check", "--models", str(models), "--model-public-key", str(public))
    told = command(*asked)
    assert (told.returncode, told.stdout.startswith("bands/1: model.sig is missing")) == (1, True)
    sign(models / "bands" / "1", key)
    assert command(*asked).stdout == "bands/1: good\n"
    assert command("serve", *asked[1:3], "--model-public-key", "gone.pub").returncode == 2
