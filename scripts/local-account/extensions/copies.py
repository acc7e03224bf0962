"""Copies under another key. Gaps: CopySnapshot of EC2 drops encryption, key and tags; a snapshot shows no key, and a
volume made of an encrypted one is plaintext; RDS has no CopyDBSnapshot, a restore drops the key, and a new identifier
is silently ignored; CloudWatch Logs has no AssociateKmsKey; ListSecrets names no keys; an S3 upload in parts loses
its tags.

There is no data in any of these: what is kept is which key a copy is under. A record that has a place for it in the
emulator is written there, because no call of its API leads to it: a copied snapshot, a renamed instance, a group's key.
"""

import copy
import json
import re
from typing import Any
from urllib.parse import parse_qsl

import compute
from glue import ServiceError, arn, extend_service
from ministack.core.responses import AccountRegionScopedDict, json_response
from ministack.services import cloudwatch_logs, ec2, rds, s3, secretsmanager

# Snapshot id -> the KMS key it is under.
_snapshot_keys = AccountRegionScopedDict()


def install() -> None:
    _ec2_snapshots()
    _rds()
    _list_keys_of_secrets()
    _keep_tags_of_uploads()
    extend_service(
        cloudwatch_logs, {"AssociateKmsKey": _associate, "DisassociateKmsKey": _disassociate}
    )


def _key_arn(key: str) -> str:
    if key.startswith("arn:"):
        return key
    return arn("kms", key if key.startswith("alias/") else f"key/{key}")


def _ec2_snapshots() -> None:
    stock_copy, stock_create, stock_xml = ec2._copy_snapshot, ec2._create_snapshot, ec2._snapshot_inner_xml
    stock_volume = ec2._create_volume
    # The id of what is made is known only once its answer is written.
    made_of: list[str] = []

    def xml(snapshot: dict[str, Any]) -> str:
        name = snapshot["SnapshotId"]
        if made_of:
            _snapshot_keys[name] = made_of.pop()
        key = _snapshot_keys.get(name)
        answer = stock_xml(snapshot)
        if key:
            answer = answer.replace("<encrypted>false", "<encrypted>true") + f"<kmsKeyId>{ec2._esc(key)}</kmsKeyId>"
        return answer

    def create(request: Any) -> Any:
        key = compute._volume_keys.get(ec2._p(request, "VolumeId"))
        if key:
            made_of.append(key)
        try:
            return stock_create(request)
        finally:
            made_of.clear()

    def copied(request: Any) -> Any:
        before = set(ec2._snapshots)
        status, headers, body = stock_copy(request)
        for name in set(ec2._snapshots) - before:
            _describe_copy(request, name)
        return status, headers, body

    def volume(request: Any) -> Any:
        # Whatever is made of an encrypted snapshot is encrypted, under its key where no other is named.
        key = _snapshot_keys.get(ec2._p(request, "SnapshotId"))
        if key:
            request = {**request, "Encrypted": ["true"], "KmsKeyId": [ec2._p(request, "KmsKeyId") or key]}
        return stock_volume(request)

    ec2._snapshot_inner_xml = xml
    ec2._ACTION_MAP.update({"CreateSnapshot": create, "CopySnapshot": copied, "CreateVolume": volume})


def _describe_copy(request: Any, name: str) -> None:
    source = ec2._p(request, "SourceSnapshotId")
    key = ec2._p(request, "KmsKeyId")
    was = _snapshot_keys.get(source)
    if ec2._p(request, "Encrypted").lower() == "true" or was:
        _snapshot_keys[name] = _key_arn(key) if key else was or compute._current_default_key()
    tags = {
        f"Tag.{number}.{part}": [ec2._p(request, f"TagSpecification.1.Tag.{number}.{part}")]
        for number in range(1, 51)
        for part in ("Key", "Value")
        if ec2._p(request, f"TagSpecification.1.Tag.{number}.Key")
    }
    if tags:
        ec2._create_tags({"ResourceId.1": [name], **tags})


def _rds() -> None:
    stock_restore, stock_modify = rds._restore_from_snapshot, rds._modify_db_instance

    def restore(request: Any) -> Any:
        answer = stock_restore(request)
        snapshot = rds._snapshots.get(rds._p(request, "DBSnapshotIdentifier"))
        instance = rds._instances.get(rds._p(request, "DBInstanceIdentifier"))
        if answer[0] == 200 and snapshot and instance:
            instance["KmsKeyId"] = snapshot.get("KmsKeyId", "")
        return answer

    def modify(request: Any) -> Any:
        name, wanted = rds._p(request, "DBInstanceIdentifier"), rds._p(request, "NewDBInstanceIdentifier")
        if wanted and wanted in rds._instances:
            return rds._error("DBInstanceAlreadyExists", f"DBInstance {wanted} already exists.", 400)
        answer = stock_modify(request)
        if answer[0] == 200 and wanted:
            instance = rds._instances.pop(name)
            instance.update(DBInstanceIdentifier=wanted, DBInstanceArn=arn("rds", f"db:{wanted}"))
            rds._instances[wanted] = instance
        return answer

    rds._ACTION_MAP.update(
        {"CopyDBSnapshot": _copy_db_snapshot, "RestoreDBInstanceFromDBSnapshot": restore, "ModifyDBInstance": modify}
    )


def _copy_db_snapshot(request: Any) -> Any:
    source = rds._p(request, "SourceDBSnapshotIdentifier").rsplit(":snapshot:", 1)[-1]
    target, key = rds._p(request, "TargetDBSnapshotIdentifier"), rds._p(request, "KmsKeyId")
    found = rds._snapshots.get(source)
    if not found:
        return rds._error("DBSnapshotNotFound", f"DBSnapshot {source} not found.", 404)
    if target in rds._snapshots:
        return rds._error("DBSnapshotAlreadyExists", f"Snapshot {target} already exists.", 400)
    made = copy.deepcopy(found)
    made.update(DBSnapshotIdentifier=target, DBSnapshotArn=arn("rds", f"snapshot:{target}"))
    if key:
        made.update(KmsKeyId=_key_arn(key), Encrypted=True, StorageEncrypted=True)
    if rds._p(request, "CopyTags").lower() != "true":
        made["TagList"] = []
    rds._snapshots[target] = made
    result = f"<CopyDBSnapshotResult><DBSnapshot>{rds._snapshot_xml(made)}</DBSnapshot></CopyDBSnapshotResult>"
    return rds._xml(200, "CopyDBSnapshotResponse", result)


def _list_keys_of_secrets() -> None:
    stock = secretsmanager._list_secrets

    def listed(request: dict[str, Any]) -> Any:
        status, headers, body = stock(request)
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        for entry in answer["SecretList"]:
            key = secretsmanager._secrets[entry["Name"]].get("KmsKeyId")
            if key:
                entry["KmsKeyId"] = key
        return json_response(answer)

    secretsmanager._list_secrets = listed


def _keep_tags_of_uploads() -> None:
    stock_begin, stock_end = s3._create_multipart_upload, s3._complete_multipart_upload
    # Upload id -> the header that its tags came in.
    tags_of: dict[str, str] = {}

    def begin(bucket: str, key: str, headers: dict[str, str]) -> Any:
        answer = stock_begin(bucket, key, headers)
        found = re.search(rb"<UploadId>([^<]+)", answer[2])
        if found and headers.get("x-amz-tagging"):
            tags_of[found[1].decode()] = headers["x-amz-tagging"]
        return answer

    def end(bucket: str, key: str, body: bytes, query: dict[str, Any], headers: Any = None) -> Any:
        answer = stock_end(bucket, key, body, query, headers)
        upload = query.get("uploadId", "")
        tags = tags_of.pop(upload[0] if isinstance(upload, list) else upload, None)
        if tags and answer[0] == 200:
            version = answer[1].get("x-amz-version-id")
            s3._object_tags[(bucket, key, version)] = dict(parse_qsl(tags, keep_blank_values=True))
        return answer

    s3._create_multipart_upload, s3._complete_multipart_upload = begin, end


def _group(request: dict[str, Any]) -> dict[str, Any]:
    group: dict[str, Any] | None = cloudwatch_logs._log_groups.get(request.get("logGroupName", ""))
    if group is None:
        raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def _associate(request: dict[str, Any]) -> dict[str, Any]:
    _group(request)["kmsKeyId"] = request["kmsKeyId"]
    return {}


def _disassociate(request: dict[str, Any]) -> dict[str, Any]:
    _group(request)["kmsKeyId"] = None
    return {}
