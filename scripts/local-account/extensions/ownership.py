"""CloudFormation. Gap: DescribeStackResources takes a stack's name only, and not the id of a resource."""

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers


def install() -> None:
    stock: Callable[[dict[str, Any]], Any] = handlers._ACTION_HANDLERS["DescribeStackResources"]

    def describe(params: dict[str, Any]) -> Any:
        wanted = handlers._p(params, "PhysicalResourceId")
        if not wanted or handlers._p(params, "StackName"):
            return stock(params)
        # No API of the emulator leads from a resource to its stack, and this runs on the thread that answers HTTP: the
        # stacks are looked through where they are kept, and only read.
        for name, stack in cloudformation._stacks.items():
            resources = stack.get("_resources", {}).values()
            if any(one.get("PhysicalResourceId") == wanted for one in resources):
                return stock({**params, "StackName": [name]})
        return handlers._error("ValidationError", f"Stack for {wanted} does not exist")

    handlers._ACTION_HANDLERS["DescribeStackResources"] = describe
