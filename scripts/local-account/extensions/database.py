"""RDS instances. Gap: the emulator manages the master password of clusters, but not of instances."""

import json
import secrets
import uuid
from typing import Any
from xml.sax.saxutils import escape

from glue import Properties, aws, boolean, complete_type, pick
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import rds

# Instance id -> its managed secret, as DescribeDBInstances tells it.
_managed = AccountRegionScopedDict()


def install() -> None:
    complete_type("AWS::RDS::DBInstance", _apply, _forget)
    stock = rds._instance_xml

    def xml(instance: dict[str, Any]) -> str:
        secret = _managed.get(instance["DBInstanceIdentifier"])
        if not secret:
            return str(stock(instance))
        members = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in secret.items())
        return f"{stock(instance)}<MasterUserSecret>{members}</MasterUserSecret>"

    rds._instance_xml = xml


def _apply(instance_id: str, properties: Properties, old: Properties) -> None:
    if not boolean(properties.get("ManageMasterUserPassword", False)):
        _forget(instance_id, properties)
        return
    key = pick(properties.get("MasterUserSecret") or {}, "KmsKeyId")
    known = _managed.get(instance_id)
    if known:
        _managed[instance_id] = {**known, **key}
        return
    password = {"username": properties.get("MasterUsername", "admin"), "password": secrets.token_urlsafe(24)}
    created = aws("secretsmanager").create_secret(
        Name=f"rds!db-{uuid.uuid4()}", SecretString=json.dumps(password), **key
    )
    _managed[instance_id] = {"SecretArn": created["ARN"], "SecretStatus": "active", **key}


def _forget(instance_id: str, properties: Properties) -> None:
    secret = _managed.get(instance_id)
    if secret:
        _managed.pop(instance_id, None)
        aws("secretsmanager").delete_secret(SecretId=secret["SecretArn"], ForceDeleteWithoutRecovery=True)
