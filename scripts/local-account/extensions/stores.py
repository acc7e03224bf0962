"""Kinesis, ElastiCache and AWS Backup: what the emulator's CloudFormation or service forgets."""

import json
from typing import Any

import botocore.exceptions
from glue import Created, Properties, add_type, arn, aws, complete_type, pick
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import elasticache

# Replication group id -> the KMS key it was made with; the emulator's own record has no place for it.
_group_keys = AccountRegionScopedDict()


def install() -> None:
    # Gap: AWS::Kinesis::Stream ignores StreamEncryption, though StartStreamEncryption stores it.
    complete_type("AWS::Kinesis::Stream", _stream)
    # Gaps: no handlers for these types, though the services have the actions.
    add_type("AWS::Kinesis::ResourcePolicy", _create_policy, _delete_policy, _update_policy, ("ResourcePolicy",))
    add_type("AWS::Backup::BackupSelection", _create_selection, _delete_selection)
    _keep_group_keys()


def _stream(name: str, properties: Properties, old: Properties) -> None:
    wanted, before = properties.get("StreamEncryption"), old.get("StreamEncryption")
    if wanted == before:
        return
    if wanted:
        aws("kinesis").start_stream_encryption(StreamName=name, **pick(wanted, "EncryptionType", "KeyId"))
    else:
        aws("kinesis").stop_stream_encryption(StreamName=name, **pick(before, "EncryptionType", "KeyId"))


def _put_policy(properties: Properties) -> str:
    resource: str = properties["ResourceArn"]
    policy = properties["ResourcePolicy"]
    aws("kinesis").put_resource_policy(
        ResourceARN=resource, Policy=policy if isinstance(policy, str) else json.dumps(policy)
    )
    return resource


def _create_policy(logical_id: str, properties: Properties, stack: str) -> Created:
    return _put_policy(properties), {}


def _update_policy(resource: str, properties: Properties) -> dict[str, Any]:
    _put_policy(properties)
    return {}


def _delete_policy(resource: str, properties: Properties) -> None:
    try:
        aws("kinesis").delete_resource_policy(ResourceARN=resource)
    except botocore.exceptions.ClientError:
        pass  # gone with its stream, which is what is wanted


def _create_selection(logical_id: str, properties: Properties, stack: str) -> Created:
    plan = properties["BackupPlanId"]
    selection = aws("backup").create_backup_selection(
        BackupPlanId=plan, BackupSelection=properties["BackupSelection"]
    )["SelectionId"]
    return f"{selection}_{plan}", {"Id": f"{selection}_{plan}", "SelectionId": selection, "BackupPlanId": plan}


def _delete_selection(identifier: str, properties: Properties) -> None:
    selection, _, plan = identifier.partition("_")
    try:
        aws("backup").delete_backup_selection(BackupPlanId=plan, SelectionId=selection)
    except botocore.exceptions.ClientError:
        pass  # gone with its plan, which is what is wanted


def _keep_group_keys() -> None:
    """Gap: CreateReplicationGroup drops KmsKeyId, and DescribeReplicationGroups does not show it."""
    stock_create, stock_delete, stock_xml = (
        elasticache._create_replication_group,
        elasticache._delete_replication_group,
        elasticache._rg_xml,
    )

    def create(request: Any) -> Any:
        answer = stock_create(request)
        key = elasticache._p(request, "KmsKeyId")
        if key and answer[0] < 400:
            group = elasticache._p(request, "ReplicationGroupId")
            _group_keys[group] = key if key.startswith("arn:") else arn("kms", f"key/{key}")
        return answer

    def delete(request: Any) -> Any:
        _group_keys.pop(elasticache._p(request, "ReplicationGroupId"), None)
        return stock_delete(request)

    def xml(group: dict[str, Any]) -> str:
        key = _group_keys.get(group["ReplicationGroupId"])
        return stock_xml(group) + (f"<KmsKeyId>{key}</KmsKeyId>" if key else "")

    elasticache._create_replication_group = create
    elasticache._delete_replication_group = delete
    elasticache._rg_xml = xml
