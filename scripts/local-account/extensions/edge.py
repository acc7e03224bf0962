"""What stands at the edge of a network: settings of APIs that the emulator's CloudFormation drops."""

from typing import Any

from glue import Properties, aws, complete_type


def install() -> None:
    # Gap: AWS::ApiGateway::RestApi drops these, though the service's own API keeps them.
    complete_type("AWS::ApiGateway::RestApi", _settings)


_PATHS = {
    "SecurityPolicy": "/securityPolicy",
    "EndpointAccessMode": "/endpointAccessMode",
    "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
}


def _settings(api: str, properties: Properties, old: Properties) -> None:
    operations: list[dict[str, Any]] = [
        {"op": "replace", "path": path, "value": str(properties[name])}
        for name, path in _PATHS.items()
        if name in properties
    ]
    operations += [
        {"op": "remove", "path": path} for name, path in _PATHS.items() if name in old and name not in properties
    ]
    if operations:
        aws("apigateway").update_rest_api(restApiId=api, patchOperations=operations)
