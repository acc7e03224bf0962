"""KMS: ciphertext that is authenticated, and ReEncrypt.

The emulator hides a plaintext under a pad that it makes of the key, the encryption context and a nonce. That it is no
AES stays so; what an SDK or a test relies on is that a ciphertext which was changed, or is another key's, is refused.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from glue import Properties
from ministack.core.responses import error_response_json, json_response
from ministack.services import kms

Answer = tuple[int, dict[str, str], Any]

TAG_BYTES = 32
# A ciphertext begins with the id of its key; that of a multi-Region key is as long.
KEY_ID_BYTES = 36
CIPHERTEXTS = ("CiphertextBlob", "PrivateKeyCiphertextBlob")
MAKES_CIPHERTEXT = (
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
)

stock = kms.handle_request


def install() -> None:
    # Gap: Decrypt answers with other bytes where a ciphertext was changed or the key named is not its own. No ReEncrypt.
    kms.handle_request = _handle_request


async def _handle_request(method: str, path: str, headers: Any, body: Any, query: Any) -> Answer:
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    if action in (*MAKES_CIPHERTEXT, "Decrypt", "ReEncrypt"):
        try:
            data = json.loads(body or b"{}")
        except json.JSONDecodeError:
            return error_response_json("SerializationException", "Invalid JSON", 400)
        return await (_reencrypt(data) if action == "ReEncrypt" else _call(action, data))
    return await stock(method, path, headers, body, query)


async def _call(action: str, data: Properties) -> Answer:
    if action == "Decrypt":
        refusal = _refusal(data)
        if refusal is not None:
            return refusal
        return await _stock(action, data | {"CiphertextBlob": _without_tag(data)})
    status, headers, body = await _stock(action, data)
    if status != 200:
        return status, headers, body
    answer = json.loads(body)
    key = kms._resolve_key(answer["KeyId"])
    for name in CIPHERTEXTS:
        if name in answer and key is not None and "_symmetric_key" in key:
            blob = base64.b64decode(answer[name])
            answer[name] = base64.b64encode(blob + _tag(key, blob)).decode()
    return json_response(answer)


async def _stock(action: str, data: Properties) -> Answer:
    return await stock("POST", "/", {"x-amz-target": f"TrentService.{action}"}, json.dumps(data), {})


def _tag(key: Properties, blob: bytes) -> bytes:
    """Authenticate a ciphertext with its key; the hash of its encryption context is part of it."""
    own = hmac.digest(key["_symmetric_key"], b"authenticates ciphertext", hashlib.sha256)
    return hmac.digest(own, blob, hashlib.sha256)


def _blob(data: Properties) -> bytes:
    try:
        return base64.b64decode(data.get("CiphertextBlob", ""), validate=True)
    except (binascii.Error, TypeError, ValueError):
        return b""


def _is_symmetric(data: Properties) -> bool:
    named = kms._resolve_key(data.get("KeyId", ""))
    return named is None or "_symmetric_key" in named


def _without_tag(data: Properties) -> str:
    blob = _blob(data)
    return base64.b64encode(blob[:-TAG_BYTES] if _is_symmetric(data) else blob).decode()


def _refusal(data: Properties) -> Answer | None:
    """Say why KMS would not decrypt a ciphertext of a symmetric key; whatever else is wrong, the emulator says itself."""
    named = kms._resolve_key(data.get("KeyId", ""))
    if not _is_symmetric(data) or (named is None and data.get("KeyId")):
        return None
    blob = _blob(data)
    own = kms._resolve_key(blob[:KEY_ID_BYTES].decode("ascii", errors="replace"))
    if own is None or "_symmetric_key" not in own:
        return error_response_json("InvalidCiphertextException", "", 400)
    if named is not None and named["KeyId"] != own["KeyId"]:
        message = "The key ID in the request does not identify a CMK that can perform this operation."
        return error_response_json("IncorrectKeyException", message, 400)
    if not hmac.compare_digest(blob[-TAG_BYTES:], _tag(own, blob[:-TAG_BYTES])):
        return error_response_json("InvalidCiphertextException", "", 400)
    return None


async def _reencrypt(data: Properties) -> Answer:
    status, headers, body = await _call(
        "Decrypt",
        {
            "CiphertextBlob": data.get("CiphertextBlob", ""),
            "EncryptionContext": data.get("SourceEncryptionContext", {}),
            **({"KeyId": data["SourceKeyId"]} if "SourceKeyId" in data else {}),
        },
    )
    if status != 200:
        return status, headers, body
    source = json.loads(body)
    status, headers, body = await _call(
        "Encrypt",
        {
            "KeyId": data.get("DestinationKeyId", ""),
            "Plaintext": source["Plaintext"],
            "EncryptionContext": data.get("DestinationEncryptionContext", {}),
        },
    )
    if status != 200:
        return status, headers, body
    made = json.loads(body)
    return json_response(
        {
            "CiphertextBlob": made["CiphertextBlob"],
            "KeyId": made["KeyId"],
            "SourceKeyId": source["KeyId"],
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }
    )
