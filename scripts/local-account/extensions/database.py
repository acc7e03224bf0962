"""RDS: settings of instances and clusters that the emulator forgets.

The emulator's own CloudFormation writes instance and cluster records without going through the service API, and the
service cannot change a key afterwards. So the settings it lacks are kept here and put into what it answers.
"""

import json
import uuid
from typing import Any
from xml.sax.saxutils import escape

import botocore.exceptions
from glue import Properties, arn, aws, boolean, complete_type
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import rds

# Identifier -> settings that the emulator has no place for, by kind of record.
_instances = AccountRegionScopedDict()
_clusters = AccountRegionScopedDict()


def install() -> None:
    # Gaps: AWS::RDS::DBInstance and DBCluster ignore ManageMasterUserPassword, MasterUserSecret, log exports, the
    # Performance Insights key, DBCluster also KmsKeyId; encryption without a key id shows no key, where RDS takes
    # alias/aws/rds; and a stack's delete drops what DeletionProtection protects.
    complete_type("AWS::RDS::DBInstance", _instance, _before_instance_delete)
    complete_type("AWS::RDS::DBCluster", _cluster, _before_cluster_delete)
    _show_settings()


def _instance(name: str, properties: Properties, old: Properties) -> dict[str, Any]:
    return _keep(_instances, name, properties, "db")


def _cluster(name: str, properties: Properties, old: Properties) -> dict[str, Any]:
    return _keep(_clusters, name, properties, "cluster")


def _keep(store: Any, name: str, properties: Properties, kind: str) -> dict[str, Any]:
    secret = (store.get(name) or {}).get("secret")
    if boolean(properties.get("ManageMasterUserPassword", False)):
        secret = secret or _make_secret(kind, properties)
    elif secret:
        _delete_secret(secret["SecretArn"])
        secret = None
    insights = boolean(properties.get("EnablePerformanceInsights", properties.get("PerformanceInsightsEnabled", False)))
    store[name] = {
        "secret": secret,
        "logs": list(properties.get("EnableCloudwatchLogsExports") or []),
        "insights_key": _key(properties.get("PerformanceInsightsKMSKeyId", properties.get("PerformanceInsightsKmsKeyId")))
        if insights
        else None,
        "key": _key(properties.get("KmsKeyId")) if boolean(properties.get("StorageEncrypted", False)) else None,
    }
    return {"MasterUserSecret.SecretArn": secret["SecretArn"]} if secret else {}


def _key(key: str | None) -> str:
    if not key:
        return arn("kms", "alias/aws/rds")
    return key if key.startswith("arn:") else arn("kms", key if key.startswith("alias/") else f"key/{key}")


def _make_secret(kind: str, properties: Properties) -> dict[str, str]:
    password = aws("secretsmanager").get_random_password(ExcludeCharacters="/@\"' ")["RandomPassword"]
    key = (properties.get("MasterUserSecret") or {}).get("KmsKeyId")
    secret = aws("secretsmanager").create_secret(
        Name=f"rds!{kind}-{uuid.uuid4()}",
        Description="The secret associated with the primary RDS DB " + ("instance" if kind == "db" else "cluster"),
        SecretString=json.dumps({"username": properties.get("MasterUsername", ""), "password": password}),
        **({"KmsKeyId": key} if key else {}),
    )
    return {
        "SecretArn": secret["ARN"],
        "SecretStatus": "active",
        "KmsKeyId": key or arn("kms", "alias/aws/secretsmanager"),
    }


def _delete_secret(secret_arn: str) -> None:
    try:
        aws("secretsmanager").delete_secret(SecretId=secret_arn, ForceDeleteWithoutRecovery=True)
    except botocore.exceptions.ClientError:
        pass  # deleted by somebody else already, which is what is wanted


def _show_settings() -> None:
    """Put the settings kept here into the answers of the service."""
    stock_instance = rds._instance_xml
    stock_cluster = rds._cluster_xml

    def instance_xml(instance: dict[str, Any]) -> str:
        return _complete(stock_instance(instance), _instances.get(instance["DBInstanceIdentifier"]))

    def cluster_xml(cluster: dict[str, Any]) -> str:
        return _complete(stock_cluster(cluster), _clusters.get(cluster["DBClusterIdentifier"]))

    rds._instance_xml = instance_xml
    rds._cluster_xml = cluster_xml


def _complete(xml: str, settings: dict[str, Any] | None) -> str:
    if settings is None:
        return xml  # made through the service API, not by CloudFormation
    logs = "".join(f"<member>{escape(log)}</member>" for log in settings["logs"])
    logs = f"<EnabledCloudwatchLogsExports>{logs}</EnabledCloudwatchLogsExports>"
    xml = xml.replace("<EnabledCloudwatchLogsExports/>", "") + logs
    if settings["key"]:
        xml = xml.replace("<KmsKeyId></KmsKeyId>", f"<KmsKeyId>{settings['key']}</KmsKeyId>", 1)
    if settings["insights_key"]:
        xml += f"<PerformanceInsightsKMSKeyId>{settings['insights_key']}</PerformanceInsightsKMSKeyId>"
    if settings["secret"] and "<MasterUserSecret>" not in xml:
        members = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in settings["secret"].items())
        xml += f"<MasterUserSecret>{members}</MasterUserSecret>"
    return xml


def _before_instance_delete(name: str, properties: Properties) -> None:
    try:
        found = aws("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except botocore.exceptions.ClientError:
        found = []
    _refuse_if_protected(name, found)
    _forget(_instances, name)


def _before_cluster_delete(name: str, properties: Properties) -> None:
    try:
        found = aws("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    except botocore.exceptions.ClientError:
        found = []
    _refuse_if_protected(name, found)
    _forget(_clusters, name)


def _refuse_if_protected(name: str, found: list[dict[str, Any]]) -> None:
    if any(item.get("DeletionProtection") for item in found):
        raise ValueError(f"Cannot delete protected database {name}: disable deletion protection and try again.")


def _forget(store: Any, name: str) -> None:
    settings = store.pop(name, None)
    if settings and settings["secret"]:
        _delete_secret(settings["secret"]["SecretArn"])
