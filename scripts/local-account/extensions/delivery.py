"""AWS CodePipeline. Gap: the emulator has neither the service nor the type.

Pipelines are kept as they were defined. Nothing runs them: an execution stays `InProgress` until it is stopped, has no
action executions, and never claims success.
"""

import json
import time
import uuid
from typing import Any

from glue import Properties, ServiceError, add_service, add_type, arn, aws, lower_first, physical_name
from ministack.core.responses import AccountRegionScopedDict

_pipelines = AccountRegionScopedDict()
_executions = AccountRegionScopedDict()

DEFINITION = (
    "ArtifactStore", "ArtifactStores", "ExecutionMode", "PipelineType", "RoleArn", "Stages", "Triggers", "Variables",
    "DisableInboundStageTransitions", "RestartExecutionOnUpdate", "Tags",
)  # fmt: skip


def install() -> None:
    add_type("AWS::CodePipeline::Pipeline", _create, _delete, _update, DEFINITION)
    add_service(
        "codepipeline",
        "CodePipeline_20150709",
        {
            "CreatePipeline": _create_pipeline,
            "UpdatePipeline": _update_pipeline,
            "GetPipeline": lambda request: _described(_require(request["name"])),
            "ListPipelines": lambda request: {"pipelines": [_summary(p) for p in _pipelines.values()]},
            "DeletePipeline": _delete_pipeline,
            "GetPipelineState": _state,
            "StartPipelineExecution": _start,
            "StopPipelineExecution": _stop,
            "ListPipelineExecutions": _list_executions,
            "GetPipelineExecution": _get_execution,
            "ListActionExecutions": _list_action_executions,
            "ListTagsForResource": lambda request: {"tags": []},
            "TagResource": lambda request: {},
        },
        _reset,
    )


def _reset() -> None:
    _pipelines.clear()
    _executions.clear()


# ---- the type -------------------------------------------------------------------------------------------------------


def _declaration(name: str, properties: Properties) -> dict[str, Any]:
    members = ("ArtifactStore", "ExecutionMode", "PipelineType", "RoleArn", "Stages", "Triggers", "Variables")
    pipeline: dict[str, Any] = {"name": name, **lower_first({m: properties[m] for m in members if m in properties})}
    if "ArtifactStores" in properties:
        stores = properties["ArtifactStores"]
        pipeline["artifactStores"] = {store["Region"]: lower_first(store["ArtifactStore"]) for store in stores}
    # The keys of an action's configuration are spelled by the action, not by the API.
    for stage, written in zip(pipeline["stages"], properties["Stages"], strict=True):
        for action, original in zip(stage["actions"], written["Actions"], strict=True):
            if "Configuration" in original:
                # The API takes text only; CloudFormation writes a template's booleans and numbers out.
                action["configuration"] = {
                    name: value if isinstance(value, str) else json.dumps(value)
                    for name, value in original["Configuration"].items()
                }
            if "ActionTypeId" in original:
                action["actionTypeId"] = lower_first(original["ActionTypeId"])
        for rule, original in zip(_rules(stage), _rules(_conditions_of(written)), strict=True):
            if "Configuration" in original:
                rule["configuration"] = original["Configuration"]
    return pipeline


CONDITIONS = ("BeforeEntry", "OnSuccess", "OnFailure")


def _conditions_of(written: dict[str, Any]) -> dict[str, Any]:
    """Return a template stage's conditions under the API's names, with the rules as they were written."""
    return {
        name[:1].lower() + name[1:]: {
            "conditions": [{"rules": condition.get("Rules", [])} for condition in written[name].get("Conditions", [])]
        }
        for name in CONDITIONS
        if name in written
    }


def _rules(stage: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rules of a stage's conditions, in their order."""
    kinds = [name[:1].lower() + name[1:] for name in CONDITIONS]
    conditions = [condition for kind in kinds for condition in stage.get(kind, {}).get("conditions", [])]
    return [rule for condition in conditions for rule in condition.get("rules", [])]


def _create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("Name") or physical_name(stack, logical_id, 100)
    aws("codepipeline").create_pipeline(pipeline=_declaration(name, properties))
    return name, {"Version": "1"}


def _update(name: str, properties: Properties) -> dict[str, Any]:
    updated = aws("codepipeline").update_pipeline(pipeline=_declaration(name, properties))["pipeline"]
    return {"Version": str(updated["version"])}


def _delete(name: str, properties: Properties) -> None:
    aws("codepipeline").delete_pipeline(name=name)


# ---- the service ----------------------------------------------------------------------------------------------------


def _require(name: str) -> dict[str, Any]:
    stored: dict[str, Any] | None = _pipelines.get(name)
    if stored is None:
        raise ServiceError("PipelineNotFoundException", f"Pipeline '{name}' does not exist.")
    return stored


def _described(stored: dict[str, Any]) -> dict[str, Any]:
    name = stored["pipeline"]["name"]
    metadata = {"pipelineArn": arn("codepipeline", name), "created": stored["created"], "updated": stored["updated"]}
    return {"pipeline": stored["pipeline"], "metadata": metadata}


def _summary(stored: dict[str, Any]) -> dict[str, Any]:
    pipeline = stored["pipeline"]
    return {
        "name": pipeline["name"],
        "version": pipeline["version"],
        "pipelineType": pipeline.get("pipelineType", "V1"),
        "created": stored["created"],
        "updated": stored["updated"],
    }


def _create_pipeline(request: dict[str, Any]) -> dict[str, Any]:
    pipeline = request["pipeline"]
    if _pipelines.get(pipeline["name"]) is not None:
        raise ServiceError("PipelineNameInUseException", f"Pipeline '{pipeline['name']}' exists already.")
    now = time.time()
    _pipelines[pipeline["name"]] = {"pipeline": {**pipeline, "version": 1}, "created": now, "updated": now}
    return {"pipeline": _pipelines[pipeline["name"]]["pipeline"]}


def _update_pipeline(request: dict[str, Any]) -> dict[str, Any]:
    pipeline = request["pipeline"]
    stored = _require(pipeline["name"])
    version = stored["pipeline"]["version"] + 1
    changed = {**stored, "pipeline": {**pipeline, "version": version}, "updated": time.time()}
    _pipelines[pipeline["name"]] = changed
    return {"pipeline": changed["pipeline"]}


def _delete_pipeline(request: dict[str, Any]) -> dict[str, Any]:
    _pipelines.pop(request["name"], None)
    _executions.pop(request["name"], None)
    return {}


def _start(request: dict[str, Any]) -> dict[str, Any]:
    _require(request["name"])
    execution = {
        "pipelineExecutionId": str(uuid.uuid4()),
        "status": "InProgress",
        "startTime": time.time(),
        "lastUpdateTime": time.time(),
    }
    _executions[request["name"]] = [execution, *(_executions.get(request["name"]) or [])]
    return {"pipelineExecutionId": execution["pipelineExecutionId"]}


def _stop(request: dict[str, Any]) -> dict[str, Any]:
    execution = _find_execution(request)
    if execution["status"] != "InProgress":
        code = "PipelineExecutionNotStoppableException"
        raise ServiceError(code, f"The execution is {execution['status']}.")
    stopped = {"status": "Stopped", "lastUpdateTime": time.time(), "stopTrigger": {"reason": request.get("reason", "")}}
    _executions[request["pipelineName"]] = [
        {**one, **stopped} if one is execution else one for one in _executions[request["pipelineName"]]
    ]
    return {"pipelineExecutionId": execution["pipelineExecutionId"]}


def _list_executions(request: dict[str, Any]) -> dict[str, Any]:
    _require(request["pipelineName"])
    return {"pipelineExecutionSummaries": _executions.get(request["pipelineName"]) or []}


def _get_execution(request: dict[str, Any]) -> dict[str, Any]:
    version = _require(request["pipelineName"])["pipeline"]["version"]
    execution = _find_execution(request)
    known = {name: execution[name] for name in ("pipelineExecutionId", "status")}
    return {"pipelineExecution": {"pipelineName": request["pipelineName"], "pipelineVersion": version, **known}}


def _find_execution(request: dict[str, Any]) -> dict[str, Any]:
    _require(request["pipelineName"])
    for execution in _executions.get(request["pipelineName"]) or []:
        if execution["pipelineExecutionId"] == request["pipelineExecutionId"]:
            found: dict[str, Any] = execution
            return found
    raise ServiceError("PipelineExecutionNotFoundException", f"No execution '{request['pipelineExecutionId']}'.")


def _list_action_executions(request: dict[str, Any]) -> dict[str, Any]:
    wanted = request.get("filter", {}).get("pipelineExecutionId")
    if wanted is None:
        _require(request["pipelineName"])
    else:
        _find_execution({**request, "pipelineExecutionId": wanted})
    return {"actionExecutionDetails": []}


def _state(request: dict[str, Any]) -> dict[str, Any]:
    pipeline = _require(request["name"])["pipeline"]
    stages = [
        {"stageName": stage["name"], "actionStates": [{"actionName": action["name"]} for action in stage["actions"]]}
        for stage in pipeline["stages"]
    ]
    return {"pipelineName": pipeline["name"], "pipelineVersion": pipeline["version"], "stageStates": stages}
