"""The use of KMS keys. Gaps: CloudTrail's events of KMS name no key, no error and no service that called; LookupEvents
gives one page; services that hold data under a key never ask KMS for it; no GetKeyLastUsage; and Cloud Control says
"none" of types that it knows nothing of.

Nothing here makes a use up: each event stands for a call that was made of the emulator's KMS, by a client or by S3,
DynamoDB and Secrets Manager on behalf of one, and failed or succeeded there."""

import collections
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from glue import ServiceError, extend_service
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    get_region,
    json_response,
    new_uuid,
)
from ministack.core.router import extract_access_key_id
from ministack.services import cloudcontrol, cloudtrail, dynamodb, kms, s3, secretsmanager, sts
from ministack.services.cloudformation import provisioners

Answer = tuple[int, dict[str, Any], Any]
Handler = Callable[..., Awaitable[Any]]

PAGE = 50
KEPT = 10_000
KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[0-9a-z-]+")
# What GetKeyLastUsage counts: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyLastUsageData.html
CRYPTOGRAPHIC = frozenset(
    {
        "Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "ReEncrypt", "Sign",
        "Verify", "VerifyMac",
    }
)  # fmt: skip
# What CloudTrail never holds: https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
SECRET_PARAMETERS = frozenset({"Plaintext", "CiphertextBlob", "Message", "Mac", "Signature", "EncryptedKeyMaterial"})
# DynamoDB keeps a table's key for five minutes for each caller:
# https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html
TABLE_KEY_SECONDS = 300

# "events": what CloudTrail says of the calls of KMS, newest last.
_events = AccountRegionScopedDict()
# Key ARN -> its last successful use.
_last_use = AccountRegionScopedDict()
# What a service encrypted with, so that it can ask for it again: the name of the thing -> context and ciphertext.
_data_keys = AccountRegionScopedDict()
# (table, caller) -> when its key was asked for.
_table_keys = AccountRegionScopedDict()
_started = int(time.time())


def install() -> None:
    _record_kms()
    _answer_lookups()
    _use_keys_of_s3()
    _use_keys_of_dynamodb()
    _use_keys_of_secrets_manager()
    _admit_what_cloud_control_does_not_know()


def _action_of(headers: Any) -> str:
    return str(headers.get("x-amz-target", "")).rsplit(".", 1)[-1]


def _read(body: Any) -> dict[str, Any]:
    try:
        read = json.loads(body or b"{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _text(body: Any) -> str:
    return body.decode("utf-8", errors="replace") if isinstance(body, bytes) else str(body or "")


# ---- KMS ---------------------------------------------------------------------------------------------------------


def _record_kms() -> None:
    stock: Handler = kms.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        action = _action_of(headers)
        if action == "GetKeyLastUsage":
            return await _last_usage(stock, headers, _read(body))
        answer = await stock(method, path, headers, body, query)
        # The body of the answer is read, never changed.
        await _record(stock, action, headers, _read(body), answer)
        return answer

    kms.handle_request = handle_request


async def _describe(stock: Handler, headers: Any, key: str) -> dict[str, Any]:
    described = {**headers, "x-amz-target": "TrentService.DescribeKey"}
    _, _, body = await stock("POST", "/", described, json.dumps({"KeyId": key}), {})
    metadata: dict[str, Any] = _read(body).get("KeyMetadata") or {}
    return metadata


async def _keys_of(stock: Handler, action: str, headers: Any, request: dict[str, Any], said: str) -> list[str]:
    """Return the ARNs of the keys that a call was about: KMS names them in most answers, and in its errors."""
    if action.startswith("List") and "KeyId" not in request:
        return []
    named = dict.fromkeys(KEY_ARN.findall(said))
    asked = request.get("KeyId") or request.get("TargetKeyId")
    if not named and asked:
        found = (await _describe(stock, headers, str(asked))).get("Arn")
        named = {found: None} if found else {}
    return list(named)


async def _record(stock: Handler, action: str, headers: Any, request: dict[str, Any], answer: Answer) -> None:
    status, _, body = answer
    said = _text(body)
    keys = await _keys_of(stock, action, headers, request, said)
    error = None if status < 400 else str(_read(said).get("__type", "")).rsplit("#", 1)[-1] or "InternalError"
    now = time.time()
    event_id = new_uuid()
    identity = await _identity(headers)
    # A service that calls on behalf of somebody says so by its name, where a client names its software.
    agent = str(headers.get("user-agent", ""))
    service = agent if re.fullmatch(r"[a-z0-9-]+\.amazonaws\.com", agent) else None
    event = {
        "eventVersion": "1.11",
        "userIdentity": identity | ({"invokedBy": service} if service else {}),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": "kms.amazonaws.com",
        "eventName": action,
        "awsRegion": get_region(),
        "sourceIPAddress": service or "127.0.0.1",
        "userAgent": agent,
        **({"errorCode": error, "errorMessage": str(_read(said).get("message", ""))} if error else {}),
        "requestParameters": {
            name[:1].lower() + name[1:]: value for name, value in request.items() if name not in SECRET_PARAMETERS
        },
        "responseElements": None,
        "requestID": new_uuid(),
        "eventID": event_id,
        "readOnly": action in CRYPTOGRAPHIC or action.startswith(("Describe", "Get", "List")),
        "resources": [{"ARN": key, "accountId": key.split(":")[4], "type": "AWS::KMS::Key"} for key in keys],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": get_account_id(),
        "eventCategory": "Management",
    }
    queue = _events.get("events")
    if queue is None:
        queue = _events["events"] = collections.deque(maxlen=KEPT)
    queue.append(
        {
            "EventId": event_id,
            "EventName": action,
            "EventSource": "kms.amazonaws.com",
            "EventTime": now,
            "Username": str(identity.get("arn", "")).rsplit("/", 1)[-1],
            "AccessKeyId": identity["accessKeyId"],
            "ReadOnly": "true" if event["readOnly"] else "false",
            "Resources": [{"ResourceType": "AWS::KMS::Key", "ResourceName": key} for key in keys],
            "CloudTrailEvent": json.dumps(event),
        }
    )
    if error is None and action in CRYPTOGRAPHIC:
        for key in keys:
            _last_use[key] = {
                "Operation": action,
                "Timestamp": now,
                "CloudTrailEventId": event_id,
                "KmsRequestId": event["requestID"],
            }


async def _identity(headers: Any) -> dict[str, Any]:
    """Return who called, as the emulator's STS says it."""
    access_key = extract_access_key_id(headers) or "test"
    asked = {**headers, "x-amz-target": "AWSSecurityTokenServiceV20110615.GetCallerIdentity"}
    asked["content-type"] = "application/x-amz-json-1.1"
    _, _, body = await sts.handle_request("POST", "/", asked, b"{}", {})
    caller = _read(body)
    arn = str(caller.get("Arn", ""))
    identity = {
        "type": "AssumedRole" if ":assumed-role/" in arn else "Root" if arn.endswith(":root") else "IAMUser",
        "principalId": caller.get("UserId", access_key),
        "arn": arn,
        "accountId": caller.get("Account", get_account_id()),
        "accessKeyId": access_key,
    }
    assumed = re.fullmatch(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.*", arn)
    if assumed:
        issuer = f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}"
        identity["sessionContext"] = {"sessionIssuer": {"type": "Role", "arn": issuer, "userName": assumed[3]}}
    return identity


async def _last_usage(stock: Handler, headers: Any, request: dict[str, Any]) -> Any:
    key = str(request.get("KeyId", ""))
    described = await _describe(stock, headers, key)
    if not described:
        return error_response_json("NotFoundException", f"Key {key} not found", 400)
    # The record begins with the account: what a key did before, in another run, is not in it.
    answer = {
        "KeyId": described["KeyId"],
        "TrackingStartDate": _started,
        "KeyCreationDate": described["CreationDate"],
    }
    used = _last_use.get(described["Arn"])
    return json_response(answer | ({"KeyLastUsage": used} if used else {}))


# ---- CloudTrail --------------------------------------------------------------------------------------------------


def _answer_lookups() -> None:
    extend_service(cloudtrail, {"LookupEvents": _lookup_events})


def _lookup_events(request: dict[str, Any]) -> dict[str, Any]:
    """Answer what is asked about keys from the events kept here, page by page, and leave the rest to the emulator."""
    wanted = {one["AttributeKey"]: one["AttributeValue"] for one in request.get("LookupAttributes", [])}
    kept = list(reversed(_events.get("events") or ()))
    about_kms = wanted.get("EventSource") == "kms.amazonaws.com" or wanted.get("ResourceType") == "AWS::KMS::Key"
    by_name = wanted.get("ResourceName")
    by_id = wanted.get("EventId")
    if not about_kms and not any(
        event["EventId"] == by_id or any(one["ResourceName"] == by_name for one in event["Resources"]) for event in kept
    ):
        status, _, body = cloudtrail._lookup_events(request)
        answer = _read(body)
        if status >= 400:
            raise ServiceError(str(answer.get("__type")), str(answer.get("message")))
        return answer
    start, end = request.get("StartTime"), request.get("EndTime")
    found = [
        event
        for event in kept
        if (start is None or event["EventTime"] >= float(start))
        and (end is None or event["EventTime"] <= float(end))
        and (by_name is None or any(one["ResourceName"] == by_name for one in event["Resources"]))
        and (by_id is None or event["EventId"] == by_id)
    ]
    token = str(request.get("NextToken") or "0")
    if not token.isdigit():
        raise ServiceError("InvalidNextTokenException", "The token is not one of this account's.")
    begin = int(token)
    size = min(int(request.get("MaxResults", PAGE)), PAGE)
    more = {"NextToken": str(begin + size)} if begin + size < len(found) else {}
    return {"Events": found[begin : begin + size]} | more


# ---- services that ask KMS on somebody's behalf ------------------------------------------------------------------


async def _ask_kms(service: str, headers: Any, action: str, request: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Call KMS as a service does on behalf of whoever called it; return the answer and the error's code."""
    asked = {name: headers[name] for name in ("authorization", "x-amz-security-token") if headers.get(name)}
    asked |= {"x-amz-target": f"TrentService.{action}", "user-agent": f"{service}.amazonaws.com"}
    status, _, body = await kms.handle_request("POST", "/", asked, json.dumps(request), {})
    answer = _read(body)
    return answer, None if status < 400 else str(answer.get("__type", "")).rsplit("#", 1)[-1]


def _is_own(key: str | None) -> bool:
    # The keys that AWS manages are not there in the emulator.
    return bool(key) and "alias/aws/" not in str(key)


async def _encrypt(service: str, headers: Any, key: str, name: str, context: dict[str, str]) -> str | None:
    request = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context}
    answer, error = await _ask_kms(service, headers, "GenerateDataKey", request)
    if error is None:
        _data_keys[name] = {"EncryptionContext": context, "CiphertextBlob": answer["CiphertextBlob"]}
    return error


async def _decrypt(service: str, headers: Any, name: str) -> str | None:
    kept = _data_keys.get(name)
    # What was written past this extension (a copy, a part of an upload) has no data key to ask for.
    return None if kept is None else (await _ask_kms(service, headers, "Decrypt", kept))[1]


def _use_keys_of_s3() -> None:
    """S3 asks for a data key with every object it writes and reads; a bucket key would spare it most of that."""
    stock: Handler = s3.handle_request
    header = "x-amz-server-side-encryption-aws-kms-key-id"

    def refusal(error: str) -> Any:
        return s3._error(f"KMS.{error}", "The key of this object cannot be used.", 400)

    async def handle_request(
        method: str, path: str, headers: Any, body: Any, query: Any, *more: Any, **options: Any
    ) -> Any:
        bucket, key = s3._parse_bucket_key(path, headers)
        # The SDK writes the name of the operation into the query; anything else there means something other than data.
        if not key or set(query or ()) - {"x-id"} or method not in ("PUT", "GET") or "x-amz-copy-source" in headers:
            return await stock(method, path, headers, body, query, *more, **options)
        name = f"s3 {bucket}/{key}"
        if method == "PUT":
            sse, _ = s3._resolve_sse_write_headers(headers, bucket)
            if _is_own((sse or {}).get(header)):
                context = {"aws:s3:arn": f"arn:aws:s3:::{bucket}/{key}"}
                error = await _encrypt("s3", headers, sse[header], name, context)
                if error:
                    return refusal(error)
            else:
                _data_keys.pop(name, None)
            return await stock(method, path, headers, body, query, *more, **options)
        answer = await stock(method, path, headers, body, query, *more, **options)
        if answer[0] < 400 and _is_own(answer[1].get(header)):
            error = await _decrypt("s3", headers, name)
            if error:
                return refusal(error)
        return answer

    s3.handle_request = handle_request


def _use_keys_of_dynamodb() -> None:
    """DynamoDB asks for a table's key at the first touch, and again after five minutes."""
    stock: Handler = dynamodb.handle_request
    touching = {"PutItem", "GetItem", "DeleteItem", "UpdateItem", "Query", "Scan"}

    async def handle_request(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        table = _read(body).get("TableName")
        if _action_of(headers) in touching and table:
            described = {**headers, "x-amz-target": "DynamoDB_20120810.DescribeTable"}
            _, _, told = await stock(method, path, described, json.dumps({"TableName": table}), query)
            sse = (_read(told).get("Table") or {}).get("SSEDescription") or {}
            if _is_own(sse.get("KMSMasterKeyArn")):
                error = await _touch(headers, str(table), sse["KMSMasterKeyArn"])
                if error:
                    return error_response_json("AccessDeniedException", f"KMS key access denied error: {error}", 400)
        return await stock(method, path, headers, body, query)

    dynamodb.handle_request = handle_request


async def _touch(headers: Any, table: str, key: str) -> str | None:
    caller = f"{table} {extract_access_key_id(headers)}"
    if time.time() - _table_keys.get(caller, 0) < TABLE_KEY_SECONDS:
        return None
    name = f"dynamodb {table} {key}"
    context = {"aws:dynamodb:tableName": table, "aws:dynamodb:subscriberId": get_account_id()}
    if name in _data_keys:
        error = await _decrypt("dynamodb", headers, name)
    else:
        error = await _encrypt("dynamodb", headers, key, name, context)
    if error is None:
        _table_keys[caller] = time.time()
    return error


def _use_keys_of_secrets_manager() -> None:
    """Secrets Manager asks for a data key with each value it stores, and for its decryption with each it gives."""
    stock: Handler = secretsmanager.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        action = _action_of(headers)
        if action not in ("PutSecretValue", "GetSecretValue"):
            return await stock(method, path, headers, body, query)
        described = {**headers, "x-amz-target": "secretsmanager.DescribeSecret"}
        _, _, told = await stock(method, path, described, json.dumps({"SecretId": _read(body).get("SecretId")}), query)
        secret = _read(told)
        key, name = secret.get("KmsKeyId"), str(secret.get("ARN"))
        if _is_own(key) and (action == "PutSecretValue" or name not in _data_keys):
            # A value that CloudFormation stored was encrypted past this extension: its data key is asked for now.
            error = await _encrypt("secretsmanager", headers, str(key), name, {"SecretARN": name})
            if error:
                return error_response_json("EncryptionFailure", f"KMS cannot protect the secret: {error}", 400)
        if _is_own(key) and action == "GetSecretValue":
            error = await _decrypt("secretsmanager", headers, name)
            if error:
                return error_response_json("DecryptionFailure", f"KMS cannot decrypt the secret: {error}", 400)
        return await stock(method, path, headers, body, query)

    secretsmanager.handle_request = handle_request


# ---- Cloud Control -----------------------------------------------------------------------------------------------


def _admit_what_cloud_control_does_not_know() -> None:
    """Gap: ListResources says that there is none of a type, though a stack or the service's own API may have made one.

    Here it refuses to list a type whose resources can be there without its knowing: one that the emulator's
    CloudFormation makes, or of a service that the emulator has."""
    stock: Handler = cloudcontrol.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        name = str(_read(body).get("TypeName", ""))
        if _action_of(headers) == "ListResources" and _may_exist(name):
            return error_response_json(
                "UnsupportedActionException", f"The local account's Cloud Control cannot list {name}.", 400
            )
        return await stock(method, path, headers, body, query)

    cloudcontrol.handle_request = handle_request


def _may_exist(name: str) -> bool:
    from ministack import app

    if name in provisioners._RESOURCE_HANDLERS:
        return True
    service = name.split("::")[1].lower() if name.count("::") == 2 else ""
    modules = {str(entry["module"]).replace("_", "") for entry in app.SERVICE_REGISTRY.values()}
    return any(module.startswith(service) or service.startswith(module) for module in modules) if service else False
