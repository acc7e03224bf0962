"""CodeBuild: definitions only. Nothing runs here, and nothing says that it did."""

from typing import Any

from glue import Properties, complete_type, lower_first
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import codebuild

NOT_RUN = "The local account runs no builds; it stores their definitions."

# Project name -> the settings that the emulator's record has no place for.
_project_settings = AccountRegionScopedDict()

PROJECT_SETTINGS = ("LogsConfig", "Cache", "VpcConfig", "QueuedTimeoutInMinutes", "SecondaryArtifacts",
                    "SecondarySources", "ConcurrentBuildLimit", "FileSystemLocations", "Visibility")  # fmt: skip


def install() -> None:
    # Gap: StartBuild says SUCCEEDED of a build that never ran.
    _builds_do_not_succeed()
    # Gap: AWS::CodeBuild::Project, and the service, forget the log and network settings, and others.
    complete_type("AWS::CodeBuild::Project", _keep_project_settings, _forget_project_settings)
    _show_project_settings()


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
