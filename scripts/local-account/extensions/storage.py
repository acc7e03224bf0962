"""S3 and DynamoDB: properties that the emulator's CloudFormation drops."""

from contextvars import ContextVar
from typing import Any

import botocore.exceptions
from glue import Properties, arn, aws, boolean, complete_type, pick
from ministack.services import s3
from ministack.services.cloudformation import changesets, stacks


def install() -> None:
    # Gap: AWS::S3::Bucket ignores BucketEncryption, LoggingConfiguration, LifecycleConfiguration, object lock,
    # ownership and tags, though PutBucket... stores them all. And a stack's delete drops a bucket with objects in it.
    complete_type("AWS::S3::Bucket", _bucket, _refuse_full_bucket)
    # Gap: AWS::DynamoDB::Table ignores SSESpecification and point-in-time recovery; GlobalTable also
    # DeletionProtectionEnabled. And a stack's delete drops a protected table.
    complete_type("AWS::DynamoDB::Table", _table, _refuse_protected_table)
    complete_type("AWS::DynamoDB::GlobalTable", _global_table, _refuse_protected_table)
    _default_s3_key()
    _import_buckets()


def _import_buckets() -> None:
    """Gap: ImportExistingResources finds a bucket, and the check of names before the deployment then refuses it."""
    imported: ContextVar[frozenset[str]] = ContextVar("imported", default=frozenset())
    deploy, check = changesets._deploy_stack_async, stacks._validation_errors

    async def deploy_with_imports(*args: Any, imports: dict[str, Any] | None = None, **options: Any) -> Any:
        names = [identifier.get("BucketName") for identifier in (imports or {}).values()]
        imported.set(frozenset(name for name in names if name))
        return await deploy(*args, imports=imports, **options)

    def validation_errors(*args: Any) -> Any:
        *others, owned = args
        return check(*others, owned | imported.get())

    changesets._deploy_stack_async = deploy_with_imports
    stacks._validation_errors = validation_errors


def _bucket(name: str, properties: Properties, old: Properties) -> None:
    client = aws("s3")
    encryption = properties.get("BucketEncryption")
    if encryption:
        rules = [_encryption_rule(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    elif old.get("BucketEncryption"):
        client.delete_bucket_encryption(Bucket=name)

    logging = properties.get("LoggingConfiguration")
    if logging:
        target = {"TargetBucket": logging.get("DestinationBucketName", name), "TargetPrefix": logging.get("LogFilePrefix", "")}
        client.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": target})
    elif old.get("LoggingConfiguration"):
        client.put_bucket_logging(Bucket=name, BucketLoggingStatus={})

    lifecycle = properties.get("LifecycleConfiguration")
    if lifecycle:
        rules = [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
        client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    elif old.get("LifecycleConfiguration"):
        client.delete_bucket_lifecycle(Bucket=name)

    ownership = properties.get("OwnershipControls")
    if ownership:
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=ownership)

    lock = properties.get("ObjectLockConfiguration")
    if lock:
        client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)

    tags = properties.get("Tags")
    if tags:
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    elif old.get("Tags"):
        client.delete_bucket_tagging(Bucket=name)


def _encryption_rule(rule: Properties) -> Properties:
    converted = pick(rule, "BlockedEncryptionTypes")
    if "ServerSideEncryptionByDefault" in rule:
        converted["ApplyServerSideEncryptionByDefault"] = rule["ServerSideEncryptionByDefault"]
    if "BucketKeyEnabled" in rule:
        converted["BucketKeyEnabled"] = boolean(rule["BucketKeyEnabled"])
    return converted


def _lifecycle_rule(rule: Properties) -> Properties:
    """Respell a rule of the template as one of the API: other names, and expiration as a structure."""
    converted = {"ID": rule["Id"]} if "Id" in rule else {}
    converted["Status"] = rule["Status"]
    converted["Filter"] = {"Prefix": rule.get("Prefix", "")}
    converted |= pick(rule, "AbortIncompleteMultipartUpload")
    expiration = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = boolean(rule["ExpiredObjectDeleteMarker"])
    if expiration:
        converted["Expiration"] = expiration
    noncurrent = rule.get("NoncurrentVersionExpiration") or {}
    days = rule.get("NoncurrentVersionExpirationInDays", noncurrent.get("NoncurrentDays"))
    if days is not None:
        kept = pick(noncurrent, "NewerNoncurrentVersions")
        converted["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(days), **kept}
    if "Transitions" in rule:
        converted["Transitions"] = [
            {"Days": int(item["TransitionInDays"]), "StorageClass": item["StorageClass"]} for item in rule["Transitions"]
        ]
    if "NoncurrentVersionTransitions" in rule:
        converted["NoncurrentVersionTransitions"] = [
            {"NoncurrentDays": int(item["TransitionInDays"]), "StorageClass": item["StorageClass"]}
            for item in rule["NoncurrentVersionTransitions"]
        ]
    return converted


def _refuse_full_bucket(name: str, properties: Properties) -> None:
    try:
        versions = aws("s3").list_object_versions(Bucket=name, MaxKeys=1)
    except botocore.exceptions.ClientError:
        return  # gone already
    if versions.get("Versions") or versions.get("DeleteMarkers"):
        raise ValueError(f"The bucket you tried to delete is not empty: {name}")


def _default_s3_key() -> None:
    """Gap: a write with `aws:kms` and no key id is refused; S3 takes alias/aws/s3 then, and the CDK's uploads rely on it."""
    stock = s3._resolve_sse_write_headers
    key_header = "x-amz-server-side-encryption-aws-kms-key-id"

    def resolve(headers: dict[str, str], bucket: str) -> object:
        if headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(key_header):
            default = s3._bucket_default_sse_headers(bucket).get(key_header) or arn("kms", "alias/aws/s3")
            headers = {**headers, key_header: default}
        return stock(headers, bucket)

    s3._resolve_sse_write_headers = resolve


def _table(name: str, properties: Properties, old: Properties) -> None:
    sse = properties.get("SSESpecification") or {}
    _set_sse(name, sse, sse.get("KMSMasterKeyId"), bool(old.get("SSESpecification")))
    _set_recovery(name, properties, old)


def _global_table(name: str, properties: Properties, old: Properties) -> None:
    here = _replica(properties)
    before = _replica(old)
    sse = properties.get("SSESpecification") or {}
    _set_sse(name, sse, (here.get("SSESpecification") or {}).get("KMSMasterKeyId"), bool(old.get("SSESpecification")))
    _set_recovery(name, here, before)
    if here.get("DeletionProtectionEnabled") != before.get("DeletionProtectionEnabled"):
        protected = boolean(here.get("DeletionProtectionEnabled", False))
        aws("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=protected)


def _replica(properties: Properties) -> Properties:
    client_region = aws("dynamodb").meta.region_name
    return next((item for item in properties.get("Replicas", []) if item.get("Region") == client_region), {})


def _set_sse(name: str, sse: Properties, key: str | None, had_one: bool) -> None:
    if boolean(sse.get("SSEEnabled", False)):
        wanted = {"Enabled": True, "SSEType": sse.get("SSEType", "KMS")} | ({"KMSMasterKeyId": key} if key else {})
    elif had_one:
        wanted = {"Enabled": False}
    else:
        return
    aws("dynamodb").update_table(TableName=name, SSESpecification=wanted)


def _set_recovery(name: str, properties: Properties, old: Properties) -> None:
    wanted = properties.get("PointInTimeRecoverySpecification")
    if wanted == old.get("PointInTimeRecoverySpecification"):
        return
    specification = {"PointInTimeRecoveryEnabled": boolean((wanted or {}).get("PointInTimeRecoveryEnabled", False))}
    if wanted and "RecoveryPeriodInDays" in wanted:
        specification["RecoveryPeriodInDays"] = int(wanted["RecoveryPeriodInDays"])
    aws("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)


def _refuse_protected_table(name: str, properties: Properties) -> None:
    try:
        table = aws("dynamodb").describe_table(TableName=name)["Table"]
    except botocore.exceptions.ClientError:
        return  # gone already
    if table.get("DeletionProtectionEnabled"):
        raise ValueError(f"Table is protected against deletion: {name}")
