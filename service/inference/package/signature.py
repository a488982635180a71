"""Whether a version comes from whom the operator trusts: OpenSSF Model Signing, with a key of one's own.

    model.sig beside the files: a Sigstore bundle -> DSSE envelope, signed with the key? -> in-toto statement
    -> the SHA-256 of every file: are they the files, and is there no other?

Written by `model_signing sign key FOLDER --private_key key.pem --signature FOLDER/model.sig`. Sources: OpenSSF Model
Signing specification 1.0 (predicate `https://model_signing/signature/v1.0`), DSSE 1.0.
"""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.errors import ConfigurationError, PackageError
from service.inference.package.files import read_bytes
from service.inference.package.manifest import sha256

SIGNATURE_NAME = "model.sig"
_PAYLOAD_TYPE = "application/vnd.in-toto+json"
_PREDICATE = "https://model_signing/signature/v1.0"
_MOST_BYTES = 2**22
_Verify = Callable[[bytes, bytes], bool]  # signature, message


class Trust:
    """In who holds the private half of the public key in `file`, PEM, an elliptic curve's.

    Raises ConfigurationError where it cannot be read, is another kind of key, or the signing extra is missing.
    """

    def __init__(self, file: Path) -> None:
        self._verify = _reader_of(file)

    def check(self, folder: Path) -> None:
        """Raises PackageError where the files of a version are not what was signed. Blocks."""
        if not os.path.lexists(folder / SIGNATURE_NAME):
            raise PackageError(f"{SIGNATURE_NAME} is missing, and this service serves what is signed only")
        content = read_bytes(folder / SIGNATURE_NAME, _MOST_BYTES)
        try:
            signed = _digests(self._statement(content))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            raise PackageError(f"{SIGNATURE_NAME} is no signature by OpenSSF Model Signing with a key") from None
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        for name in sorted(found - {SIGNATURE_NAME} - set(signed)):
            raise PackageError(f"{name} is not among the signed files")
        for name, digest in signed.items():
            if name not in found or not (folder / name).is_file():
                raise PackageError(f"{name} was signed, and is missing")
            if sha256(folder / name) != digest:
                raise PackageError(f"{name} is not the file that was signed")

    def _statement(self, content: bytes) -> Any:
        """What was signed. Raises PackageError where it was by nobody, or by another key."""
        envelope = json.loads(content)["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        if envelope["payloadType"] != _PAYLOAD_TYPE:
            raise ValueError
        message = b"DSSEv1 %d %b %d %b" % (len(_PAYLOAD_TYPE), _PAYLOAD_TYPE.encode(), len(payload), payload)
        signatures = [base64.b64decode(each["sig"], validate=True) for each in envelope["signatures"]]
        if not any(self._verify(signature, message) for signature in signatures):
            raise PackageError(f"{SIGNATURE_NAME} was not made with the key that this service trusts")
        return json.loads(payload)


def trust_in(file: str) -> Trust | None:
    """In the key of this file; None, so that all is served, where there is none. Raises ConfigurationError."""
    return Trust(Path(file)) if file else None


def _reader_of(file: Path) -> _Verify:
    try:
        from cryptography.exceptions import InvalidSignature  # an extra, and asked for seldom
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise ConfigurationError(
            '--model-public-key needs the signing extra: pip install "featuremap[signing]"'
        ) from None
    try:
        key = serialization.load_pem_public_key(read_bytes(file, _MOST_BYTES))
    except PackageError as error:
        raise ConfigurationError(f"--model-public-key: {error.message}") from None
    except ValueError:
        raise ConfigurationError(f"--model-public-key {file} holds no public key in PEM") from None
    digests = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size not in digests:
        raise ConfigurationError(f"--model-public-key {file} must be of an elliptic curve, as P-256")
    algorithm = ec.ECDSA(digests[key.curve.key_size])

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message, algorithm)
        except InvalidSignature:
            return False
        return True

    return verify


def _digests(statement: Any) -> dict[str, str]:
    """SHA-256 by name. Raises ValueError, TypeError or KeyError where it is another statement."""
    predicate = statement["predicate"]
    if statement["predicateType"] != _PREDICATE or predicate["serialization"]["method"] != "files":
        raise ValueError
    found = {}
    for resource in predicate["resources"]:
        if resource["algorithm"] != "sha256" or not isinstance(resource["name"], str):
            raise ValueError
        found[resource["name"]] = resource["digest"]
    if not found:
        raise ValueError
    return found
