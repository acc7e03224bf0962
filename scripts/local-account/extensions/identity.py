"""AWS::IAM::RolePolicy. Gap: the emulator has inline policies, but not the type."""

import json
from typing import Any

from glue import Properties, add_type, aws


def install() -> None:
    add_type("AWS::IAM::RolePolicy", _create, _delete, _put, ("PolicyDocument",))


def _create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    # The type's Ref is the policy and the role together, as its primary identifier says.
    return f"{properties['PolicyName']}|{properties['RoleName']}", _put("", properties)


def _put(physical_id: str, properties: Properties) -> dict[str, Any]:
    document = properties.get("PolicyDocument", {})
    aws("iam").put_role_policy(
        RoleName=properties["RoleName"],
        PolicyName=properties["PolicyName"],
        PolicyDocument=document if isinstance(document, str) else json.dumps(document),
    )
    return {}


def _delete(physical_id: str, properties: Properties) -> None:
    aws("iam").delete_role_policy(RoleName=properties["RoleName"], PolicyName=properties["PolicyName"])
