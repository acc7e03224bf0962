"""Connections to source providers. Gap: the emulator has them under neither of the service's two names."""

import uuid
from typing import Any

from glue import Created, Properties, ServiceError, add_service, add_type, arn, aws, pick
from ministack.core.responses import AccountRegionScopedDict

# ARN -> connection.
_connections = AccountRegionScopedDict()


def install() -> None:
    for service, type_name, target in (
        ("codestar-connections", "AWS::CodeStarConnections::Connection", "com.amazonaws.codestar.connections."),
        ("codeconnections", "AWS::CodeConnections::Connection", "com.amazonaws.codeconnections."),
    ):
        add_service(service, target, _connection_actions(service), _connections.clear)
        add_type(type_name, _connection_type(service), _delete_connection_type(service))


def _connection_actions(service: str) -> dict[str, Any]:
    def find(request: dict[str, Any]) -> dict[str, Any]:
        connection = _connections.get(request["ConnectionArn"])
        if connection is None:
            raise ServiceError("ResourceNotFoundException", f"No connection {request['ConnectionArn']}.")
        return connection

    def create(request: dict[str, Any]) -> dict[str, Any]:
        connection_arn = arn(service, f"connection/{uuid.uuid4()}")
        _connections[connection_arn] = {
            "ConnectionArn": connection_arn,
            "ConnectionName": request["ConnectionName"],
            "ProviderType": request.get("ProviderType", "GitHub"),
            "OwnerAccountId": connection_arn.split(":")[4],
            # As in AWS: only a person, at the provider's site, makes a connection available.
            "ConnectionStatus": "PENDING",
        }
        return {"ConnectionArn": connection_arn}

    def delete(request: dict[str, Any]) -> dict[str, Any]:
        find(request)
        _connections.pop(request["ConnectionArn"], None)
        return {}

    def list_all(request: dict[str, Any]) -> dict[str, Any]:
        return {"Connections": [item for key, item in _connections.items() if key.split(":")[2] == service]}

    return {
        "CreateConnection": create,
        "GetConnection": lambda request: {"Connection": find(request)},
        "ListConnections": list_all,
        "DeleteConnection": delete,
        "ListTagsForResource": lambda request: {"Tags": []},
    }


def _connection_type(service: str) -> Any:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        connection = aws(service).create_connection(**pick(properties, "ConnectionName", "ProviderType"))["ConnectionArn"]
        return connection, {"ConnectionArn": connection, "ConnectionStatus": "PENDING"}

    return create


def _delete_connection_type(service: str) -> Any:
    def delete(connection: str, properties: Properties) -> None:
        aws(service).delete_connection(ConnectionArn=connection)

    return delete
