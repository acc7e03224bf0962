"""CodeBuild: definitions only. Nothing runs here, and nothing says that it did."""

import time
from typing import Any

from glue import (
    Properties,
    ServiceError,
    add_type,
    arn,
    aws,
    boolean,
    complete_type,
    extend_service,
    lower_first,
    physical_name,
)
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import codebuild

NOT_RUN = "The local account runs no builds; it stores their definitions."

# Project name -> the settings that the emulator's record has no place for.
_project_settings = AccountRegionScopedDict()
# Report group ARN -> the group, in the shape the API returns.
_report_groups = AccountRegionScopedDict()

PROJECT_SETTINGS = ("LogsConfig", "Cache", "VpcConfig", "QueuedTimeoutInMinutes", "SecondaryArtifacts",
                    "SecondarySources", "ConcurrentBuildLimit", "FileSystemLocations", "Visibility")  # fmt: skip


def install() -> None:
    # Gap: StartBuild says SUCCEEDED of a build that never ran.
    _builds_do_not_succeed()
    # Gap: AWS::CodeBuild::Project, and the service, forget the log and network settings, and others.
    complete_type("AWS::CodeBuild::Project", _keep_project_settings, _forget_project_settings)
    _show_project_settings()
    # Gap: no report groups, neither the type nor the service's actions. Groups are kept; nothing reports to them.
    add_type("AWS::CodeBuild::ReportGroup", _create_group, _delete_group, _update_group, ("ExportConfig", "Tags"))
    extend_service(
        codebuild,
        {
            "CreateReportGroup": _create_report_group,
            "UpdateReportGroup": _update_report_group,
            "DeleteReportGroup": _delete_report_group,
            "BatchGetReportGroups": _batch_get_report_groups,
            "ListReportGroups": lambda request: {"reportGroups": list(_report_groups.keys())},
            "ListReportsForReportGroup": lambda request: {"reports": []},
        },
    )
    _reset_groups_too()


def _builds_do_not_succeed() -> None:
    stock = codebuild._make_build_record

    def make_build_record(*arguments: Any, **named: Any) -> dict[str, Any]:
        build = stock(*arguments, **named)
        now = build["startTime"]
        context = {"statusCode": "LOCAL_ACCOUNT", "message": NOT_RUN}
        phase = {"phaseType": "SUBMITTED", "phaseStatus": "FAULT", "startTime": now, "endTime": now, "contexts": [context]}
        return {**build, "buildStatus": "FAULT", "phases": [phase]}

    codebuild._make_build_record = make_build_record


def _keep_project_settings(name: str, properties: Properties, old: Properties) -> None:
    _project_settings[name] = lower_first({key: properties[key] for key in PROJECT_SETTINGS if key in properties})


def _show_project_settings() -> None:
    stock = codebuild._project_shape

    def project_shape(project: dict[str, Any]) -> dict[str, Any]:
        return stock(project) | (_project_settings.get(project["name"]) or {})

    codebuild._project_shape = project_shape


def _forget_project_settings(name: str, properties: Properties) -> None:
    _project_settings.pop(name, None)


# ---- report groups --------------------------------------------------------------------------------------------------


def _export(properties: Properties) -> dict[str, Any]:
    export = lower_first(properties["ExportConfig"])
    destination = export.get("s3Destination", {})
    if "encryptionDisabled" in destination:
        destination["encryptionDisabled"] = boolean(destination["encryptionDisabled"])
    return export


def _create_group(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("Name") or physical_name(stack, logical_id, 128)
    created = aws("codebuild").create_report_group(
        name=name, type=properties["Type"], exportConfig=_export(properties), tags=lower_first(properties.get("Tags", []))
    )["reportGroup"]
    return created["arn"], {"Arn": created["arn"]}


def _update_group(group_arn: str, properties: Properties) -> dict[str, Any]:
    tags = lower_first(properties.get("Tags", []))
    aws("codebuild").update_report_group(arn=group_arn, exportConfig=_export(properties), tags=tags)
    return {"Arn": group_arn}


def _delete_group(group_arn: str, properties: Properties) -> None:
    aws("codebuild").delete_report_group(arn=group_arn, deleteReports=boolean(properties.get("DeleteReports", False)))


def _create_report_group(request: dict[str, Any]) -> dict[str, Any]:
    group_arn = arn("codebuild", f"report-group/{request['name']}")
    if _report_groups.get(group_arn) is not None:
        raise ServiceError("ResourceAlreadyExistsException", f"Report group already exists: {request['name']}")
    now = time.time()
    group = {**request, "arn": group_arn, "created": now, "lastModified": now, "status": "ACTIVE"}
    _report_groups[group_arn] = group
    return {"reportGroup": group}


def _update_report_group(request: dict[str, Any]) -> dict[str, Any]:
    group = _report_groups.get(request["arn"])
    if group is None:
        raise ServiceError("ResourceNotFoundException", f"Report group not found: {request['arn']}")
    _report_groups[request["arn"]] = {**group, **request, "lastModified": time.time()}
    return {"reportGroup": _report_groups[request["arn"]]}


def _delete_report_group(request: dict[str, Any]) -> dict[str, Any]:
    _report_groups.pop(request["arn"], None)
    return {}


def _batch_get_report_groups(request: dict[str, Any]) -> dict[str, Any]:
    asked = request["reportGroupArns"]
    found = [group for group_arn in asked if (group := _report_groups.get(group_arn)) is not None]
    known = {group["arn"] for group in found}
    return {"reportGroups": found, "reportGroupsNotFound": [one for one in asked if one not in known]}


def _reset_groups_too() -> None:
    stock = codebuild.reset

    def reset() -> None:
        stock()
        _report_groups.clear()

    codebuild.reset = reset
