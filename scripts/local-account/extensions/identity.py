"""IAM and Secrets Manager: types that the emulator's CloudFormation lacks, and what it drops or answers wrongly."""

import json
import string
from typing import Any

import botocore.exceptions
from glue import HANDLERS, Created, Properties, add_type, aws, boolean, complete_type
from ministack.services.cloudformation import provisioners


def install() -> None:
    # Gap: no handlers for these types, though the services have the actions.
    add_type("AWS::IAM::RolePolicy", _create, _delete, _put, ("PolicyDocument",))
    add_type("AWS::IAM::OIDCProvider", _create_provider, _delete_provider, _update_provider, ("ThumbprintList",))
    add_type("AWS::SecretsManager::ResourcePolicy", _create_policy, _delete_policy, _update_policy, ("ResourcePolicy",))
    # Gap: AWS::IAM::Role ignores PermissionsBoundary, though PutRolePermissionsBoundary stores it.
    complete_type("AWS::IAM::Role", _boundary)
    _generate_secrets()
    _secret_ref()


def _boundary(role: str, properties: Properties, old: Properties) -> None:
    boundary = properties.get("PermissionsBoundary")
    if boundary:
        aws("iam").put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
    elif old.get("PermissionsBoundary"):
        aws("iam").delete_role_permissions_boundary(RoleName=role)


def _generate_secrets() -> None:
    """Gap: GenerateSecretString heeds ExcludeCharacters only; ExcludePunctuation and its like are dropped."""
    stock = provisioners._sm_secret_string
    kinds = {
        "ExcludePunctuation": string.punctuation,
        "ExcludeNumbers": string.digits,
        "ExcludeLowercase": string.ascii_lowercase,
        "ExcludeUppercase": string.ascii_uppercase,
    }

    def secret_string(properties: Properties) -> str:
        wanted = properties.get("GenerateSecretString")
        if not wanted:
            return str(stock(properties))
        excluded = wanted.get("ExcludeCharacters", "") + "".join(
            characters for name, characters in kinds.items() if boolean(wanted.get(name, False))
        )
        length = int(wanted.get("PasswordLength", 32))
        wanted = {**wanted, "ExcludeCharacters": excluded, "PasswordLength": length}
        return str(stock({**properties, "GenerateSecretString": wanted}))

    provisioners._sm_secret_string = secret_string


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


def _secret_ref() -> None:
    """Gap: Ref of a secret returns its name; CloudFormation returns its ARN, and the CDK calls that `secretArn`."""
    stock = HANDLERS["AWS::SecretsManager::Secret"]

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        _, attributes = stock["create"](logical_id, properties, stack)
        return attributes["Arn"], attributes

    def update(secret: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        name, attributes = stock["update"](_name(secret), old, new, stack, logical_id)
        return (secret if name == _name(secret) else attributes["Arn"]), attributes

    def delete(secret: str, properties: Properties) -> None:
        stock["delete"](_name(secret), properties)

    HANDLERS["AWS::SecretsManager::Secret"] = {**stock, "create": create, "update": update, "delete": delete}


def _name(secret: str) -> str:
    """Return the name in a secret's ARN, which ends in a dash and six characters."""
    return secret.split(":secret:", 1)[1][:-7] if ":secret:" in secret else secret


def _create_policy(logical_id: str, properties: Properties, stack: str) -> Created:
    secret = properties["SecretId"]
    _update_policy(secret, properties)
    return secret, {"Id": secret}


def _update_policy(secret: str, properties: Properties) -> dict[str, str]:
    aws("secretsmanager").put_resource_policy(
        SecretId=properties["SecretId"], ResourcePolicy=json.dumps(properties["ResourcePolicy"])
    )
    return {"Id": secret}


def _delete_policy(secret: str, properties: Properties) -> None:
    try:
        aws("secretsmanager").delete_resource_policy(SecretId=secret)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def _create_provider(logical_id: str, properties: Properties, stack: str) -> Created:
    answer = aws("iam").create_open_id_connect_provider(
        Url=properties["Url"],
        ClientIDList=properties.get("ClientIdList", []),
        ThumbprintList=properties.get("ThumbprintList", []),
    )
    provider = answer["OpenIDConnectProviderArn"]
    return provider, {"Arn": provider}


def _update_provider(provider: str, properties: Properties) -> dict[str, str]:
    aws("iam").update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=provider, ThumbprintList=properties.get("ThumbprintList", [])
    )
    return {"Arn": provider}


def _delete_provider(provider: str, properties: Properties) -> None:
    aws("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)
