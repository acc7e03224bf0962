"""What every extension uses: a client for the emulator's own API, and ways to add to its CloudFormation and services.

Extensions speak to the emulator as any client does, over HTTP with botocore, so what a template creates is exactly what
the service API creates. Nothing of the emulator's private stores is written to.
"""

import functools
import json
import os
import sys
import threading
import types
from collections.abc import Awaitable, Callable
from typing import Any

import botocore.config
import botocore.session
from ministack import app
from ministack.core import router
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services.cloudformation import provisioners, stacks

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]

HANDLERS: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS

# Types whose handlers call the emulator over HTTP and so must not run on the thread that answers HTTP.
_OFF_LOOP: set[str] = set()


_making = threading.Lock()


def aws(service: str) -> Any:
    """Return a client of the emulator in the account and region of the request that is being handled."""
    # Making a client is not safe in two threads at once; using one is.
    with _making:
        return _client(service, get_account_id(), get_region())


@functools.lru_cache(maxsize=None)
def _client(service: str, account: str, region: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials(account, "local")
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=f"http://{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}",
        # An error of the emulator is an answer, not a reason to ask again.
        config=botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, proxies={}),
    )


def arn(service: str, resource: str) -> str:
    """Return the ARN of a resource in the current account and region."""
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def physical_name(stack: str, logical_id: str, max_length: int) -> str:
    """Return the name CloudFormation would make up, stable for the stack and the logical id."""
    return provisioners._physical_name(stack, logical_id, max_len=max_length)


def pick(properties: Properties, *names: str) -> Properties:
    """Return the named properties, those that are absent left out."""
    return {name: properties[name] for name in names if name in properties}


def boolean(value: Any) -> bool:
    """Return a template's boolean, which may be a string."""
    return str(value).lower() == "true"


def lower_first(value: Any) -> Any:
    """Respell CloudFormation's PascalCase members as the camelCase of the service's API, all the way down."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower_first(item) for key, item in value.items()}
    if isinstance(value, list):
        return [lower_first(item) for item in value]
    return value


def tag_specifications(properties: Properties, resource_type: str) -> Properties:
    """Return the TagSpecifications argument of an EC2 create call, or nothing without tags."""
    tags = properties.get("Tags")
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": tags}]} if tags else {}


def add_type(
    name: str,
    create: Callable[[str, Properties, str], Created],
    delete: Callable[[str, Properties], Any],
    update: Callable[[str, Properties], dict[str, Any]] | None = None,
    updatable: tuple[str, ...] = (),
) -> None:
    """Teach CloudFormation a resource type that the emulator lacks.

    `update(physical_id, properties)` applies a change in place and returns the attributes; it is used when only
    `updatable` properties changed. Any other change makes a new resource; the old one goes when the update succeeded.
    """

    def change(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if update is not None and changed <= set(updatable):
            return physical_id, update(physical_id, new)
        return provisioners._replace_resource(name, physical_id, old, new, stack, logical_id)

    HANDLERS[name] = {"create": create, "update": change, "update_with_logical_id": True, "delete": delete}
    _OFF_LOOP.add(name)


def complete_type(
    name: str,
    apply: Callable[[str, Properties, Properties], dict[str, Any] | None],
    before_delete: Callable[[str, Properties], None] | None = None,
) -> None:
    """Run `apply(physical_id, properties, old_properties)` after the emulator's own create and update of a type.

    For properties that the emulator's CloudFormation drops. `apply` returns attributes to add, or nothing.
    `before_delete(physical_id, properties)` runs before its delete, and refuses it by raising.
    """
    stock = HANDLERS[name]

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        physical_id, attributes = stock["create"](logical_id, properties, stack)
        try:
            added = apply(physical_id, properties, {})
        except Exception:
            # CloudFormation does not know of the resource yet, so nobody else would remove it.
            stock["delete"](physical_id, properties)
            raise
        return physical_id, attributes | (added or {})

    def update(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        extra = (logical_id,) if stock.get("update_with_logical_id") else ()
        updated_id, attributes = stock["update"](physical_id, old, new, stack, *extra)
        added = apply(updated_id, new, old if updated_id == physical_id else {})
        return updated_id, attributes | (added or {})

    def delete(physical_id: str, properties: Properties) -> None:
        if before_delete is not None:
            before_delete(physical_id, properties)
        stock["delete"](physical_id, properties)

    HANDLERS[name] = {**stock, "create": create, "update": update, "update_with_logical_id": True, "delete": delete}
    _OFF_LOOP.add(name)


Action = Callable[[dict[str, Any]], dict[str, Any]]


class ServiceError(Exception):
    """An error answer of a service: its code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _answer(action: Action, body: bytes | str) -> tuple[int, dict[str, str], bytes]:
    try:
        return json_response(action(json.loads(body or b"{}")))
    except ServiceError as error:
        return error_response_json(error.code, str(error), 400)


def extend_service(module: Any, actions: dict[str, Action]) -> None:
    """Add actions to a service that speaks JSON and lacks them."""
    stock: Callable[..., Awaitable[Any]] = module.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        action = actions.get(headers.get("x-amz-target", "").rsplit(".", 1)[-1])
        if action is None:
            return await stock(method, path, headers, body, query)
        return _answer(action, body)

    module.handle_request = handle_request


def add_service(name: str, target_prefix: str, actions: dict[str, Action], reset: Callable[[], None]) -> None:
    """Add a whole service that speaks JSON."""

    async def handle_request(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        target = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        action = actions.get(target)
        if action is None:
            return error_response_json("InvalidAction", f"The local account's {name} has no {target}.", 400)
        return _answer(action, body)

    module_name = name.replace("-", "_")
    module = types.ModuleType(f"ministack.services.{module_name}")
    module.handle_request = handle_request  # type: ignore[attr-defined]
    module.reset = reset  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    app._loaded_modules[module_name] = module
    app.SERVICE_REGISTRY[name] = {"module": module_name}
    app.SERVICE_HANDLERS[name] = handle_request
    router.SERVICE_PATTERNS[name] = {
        "target_prefixes": [target_prefix],
        "host_patterns": [rf"{name}\."],
        "credential_scope": name,
    }


def run_extended_types_off_loop() -> None:
    """Make CloudFormation run the handlers of extended types in worker threads, as it does for those that block."""
    stock = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name in _OFF_LOOP or stock(name)
