"""CloudFormation: which resource types there are."""

from typing import Any

from glue import HANDLERS
from ministack.services.cloudformation import handlers
from ministack.services.cloudformation.helpers import _esc, _xml


def install() -> None:
    # Gap: no ListTypes, so nobody could tell before a deployment what it would refuse.
    handlers._ACTION_HANDLERS["ListTypes"] = _list_types


def _list_types(parameters: Any) -> Any:
    members = "".join(
        f"<member><Type>RESOURCE</Type><TypeName>{_esc(name)}</TypeName></member>" for name in sorted(HANDLERS)
    )
    return _xml(200, "ListTypesResponse", f"<ListTypesResult><TypeSummaries>{members}</TypeSummaries></ListTypesResult>")
