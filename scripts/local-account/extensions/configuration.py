"""AWS Config. Gaps: no CloudFormation types, no way to put evaluations or to read them by resource, no resources."""

import json
import time
from typing import Any

from glue import Properties, ServiceError, add_type, arn, aws, boolean, extend_service, lower_first, physical_name, pick
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import config

# Rule name -> {(resource type, resource id): evaluation result, in the shape the API returns}.
_results = AccountRegionScopedDict()

# (resource type, resource id) -> configuration item. Nobody records here: an item is what PutResourceConfig put.
_items = AccountRegionScopedDict()

RULE = ("Source", "Scope", "Description", "MaximumExecutionFrequency", "InputParameters", "EvaluationModes", "Compliance")


def install() -> None:
    add_type("AWS::Config::ConfigurationRecorder", _create_recorder, _delete_recorder, _update_recorder,
             ("RecordingGroup", "RecordingMode", "RoleARN"))  # fmt: skip
    add_type("AWS::Config::DeliveryChannel", _create_channel, _delete_channel, _update_channel,
             ("S3BucketName", "S3KeyPrefix", "S3KmsKeyArn", "SnsTopicARN", "ConfigSnapshotDeliveryProperties"))  # fmt: skip
    add_type("AWS::Config::ConfigRule", _create_rule, _delete_rule, _update_rule, RULE)
    add_type("AWS::Config::ConformancePack", _create_pack, _delete_pack, _update_pack,
             ("TemplateBody", "ConformancePackInputParameters"))  # fmt: skip
    add_type("AWS::CloudFormation::LambdaHook", _create_hook, _delete_hook, _update_hook,
             ("ExecutionRole", "FailureMode", "HookStatus", "LambdaFunction", "StackFilters", "TargetFilters",
              "TargetOperations"))  # fmt: skip
    extend_service(
        config,
        {
            "PutResourceConfig": _put_resource_config,
            "ListDiscoveredResources": _list_discovered,
            "BatchGetResourceConfig": _batch_get_resource_config,
            "PutEvaluations": _put_evaluations,
            "PutExternalEvaluation": _put_external_evaluation,
            "DeleteEvaluationResults": _delete_evaluation_results,
            "GetComplianceDetailsByConfigRule": _details_by_rule,
            "GetComplianceDetailsByResource": _details_by_resource,
            "DescribeComplianceByConfigRule": _compliance_by_rule,
            "StartConfigRulesEvaluation": _start_evaluation,
            "DeleteConfigurationRecorder": _forget_recorder,
            "DeleteDeliveryChannel": _forget_channel,
        },
    )


def _create_recorder(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("Name") or physical_name(stack, logical_id, 256)
    _update_recorder(name, properties)
    if aws("config").describe_delivery_channels()["DeliveryChannels"]:
        aws("config").start_configuration_recorder(ConfigurationRecorderName=name)
    return name, {}


def _update_recorder(name: str, properties: Properties) -> dict[str, Any]:
    group = lower_first(properties.get("RecordingGroup", {"AllSupported": True}))
    for flag in ("allSupported", "includeGlobalResourceTypes"):
        if flag in group:
            group[flag] = boolean(group[flag])
    mode = {"recordingMode": lower_first(properties["RecordingMode"])} if "RecordingMode" in properties else {}
    recorder = {"name": name, "roleARN": properties["RoleARN"], "recordingGroup": group, **mode}
    aws("config").put_configuration_recorder(ConfigurationRecorder=recorder)
    return {}


def _delete_recorder(name: str, properties: Properties) -> None:
    aws("config").delete_configuration_recorder(ConfigurationRecorderName=name)


def _create_channel(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("Name") or physical_name(stack, logical_id, 256)
    _update_channel(name, properties)
    # As CloudFormation does: the recorder starts as soon as there is a channel.
    for recorder in aws("config").describe_configuration_recorders()["ConfigurationRecorders"]:
        aws("config").start_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    return name, {}


def _update_channel(name: str, properties: Properties) -> dict[str, Any]:
    channel = {"name": name, "s3BucketName": properties["S3BucketName"]}
    for source, target in (("S3KeyPrefix", "s3KeyPrefix"), ("S3KmsKeyArn", "s3KmsKeyArn"), ("SnsTopicARN", "snsTopicARN")):
        if source in properties:
            channel[target] = properties[source]
    if "ConfigSnapshotDeliveryProperties" in properties:
        channel["configSnapshotDeliveryProperties"] = lower_first(properties["ConfigSnapshotDeliveryProperties"])
    aws("config").put_delivery_channel(DeliveryChannel=channel)
    return {}


def _delete_channel(name: str, properties: Properties) -> None:
    aws("config").delete_delivery_channel(DeliveryChannelName=name)


def _create_rule(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("ConfigRuleName") or physical_name(stack, logical_id, 128)
    return name, _update_rule(name, properties)


def _update_rule(name: str, properties: Properties) -> dict[str, Any]:
    rule = {"ConfigRuleName": name, **pick(properties, "Source", "Scope", "Description", "MaximumExecutionFrequency")}
    parameters = properties.get("InputParameters")
    if parameters:
        rule["InputParameters"] = parameters if isinstance(parameters, str) else json.dumps(parameters)
    if "EvaluationModes" in properties:
        rule["EvaluationModes"] = properties["EvaluationModes"]
    aws("config").put_config_rule(ConfigRule=rule)
    stored = aws("config").describe_config_rules(ConfigRuleNames=[name])["ConfigRules"][0]
    return {
        "Arn": stored["ConfigRuleArn"],
        "ConfigRuleId": stored["ConfigRuleId"],
        "Compliance.Type": "INSUFFICIENT_DATA",
    }


def _delete_rule(name: str, properties: Properties) -> None:
    _results.pop(name, None)
    aws("config").delete_config_rule(ConfigRuleName=name)


def _put_resource_config(request: dict[str, Any]) -> dict[str, Any]:
    item = {
        "version": "1.3",
        "configurationItemCaptureTime": time.time(),
        "configurationItemStatus": "OK",
        "resourceType": request["ResourceType"],
        "resourceId": request["ResourceId"],
        "configuration": request["Configuration"],
    }
    if "ResourceName" in request:
        item["resourceName"] = request["ResourceName"]
    _items[(request["ResourceType"], request["ResourceId"])] = item
    return {}


def _list_discovered(request: dict[str, Any]) -> dict[str, Any]:
    ids, name = request.get("resourceIds"), request.get("resourceName")
    found = [
        pick(item, "resourceType", "resourceId", "resourceName")
        for (kind, identifier), item in _items.items()
        if kind == request["resourceType"]
        and (not ids or identifier in ids)
        and (name is None or item.get("resourceName") == name)
    ]
    return {"resourceIdentifiers": found}


def _batch_get_resource_config(request: dict[str, Any]) -> dict[str, Any]:
    keys = [(key["resourceType"], key["resourceId"]) for key in request["resourceKeys"]]
    return {"baseConfigurationItems": [_items[key] for key in keys if key in _items], "unprocessedResourceKeys": []}


# Name of a conformance pack -> names of its rules. A pack is its rules; the emulator has no place for the pack itself.
_packs = AccountRegionScopedDict()


def _create_pack(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("ConformancePackName") or physical_name(stack, logical_id, 256)
    return name, _update_pack(name, properties)


def _update_pack(name: str, properties: Properties) -> dict[str, Any]:
    given = {one["ParameterName"]: one["ParameterValue"] for one in properties.get("ConformancePackInputParameters", [])}
    rules = []
    for logical_id, resource in json.loads(properties["TemplateBody"])["Resources"].items():
        if resource["Type"] != "AWS::Config::ConfigRule":
            raise ServiceError("ValidationException", f"{logical_id}: a conformance pack holds Config rules")
        source = resource["Properties"]["Source"]
        identifier = source["SourceIdentifier"]
        if isinstance(identifier, dict):
            source = {**source, "SourceIdentifier": given[identifier["Ref"]]}
        rule, _ = _create_rule(logical_id, {**resource["Properties"], "Source": source}, name)
        rules.append(rule)
    for rule in set(_packs.get(name) or []) - set(rules):
        _delete_rule(rule, {})
    _packs[name] = rules
    return {}


def _delete_pack(name: str, properties: Properties) -> None:
    for rule in _packs.pop(name, None) or []:
        _delete_rule(rule, {})


# Alias of a Hook -> its definition. Nothing is asked of it here: no operation of the emulator waits for a Hook.
_hooks = AccountRegionScopedDict()


def _create_hook(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = arn("cloudformation", f"type/hook/{properties['Alias'].replace('::', '-')}")
    _update_hook(name, properties)
    return name, {"HookArn": name}


def _update_hook(name: str, properties: Properties) -> dict[str, Any]:
    aws("lambda").get_function(FunctionName=properties["LambdaFunction"])
    _hooks[name] = properties
    return {"HookArn": name}


def _delete_hook(name: str, properties: Properties) -> None:
    _hooks.pop(name, None)


def _put_evaluations(request: dict[str, Any]) -> dict[str, Any]:
    # Config hands a rule's function a token that stands for the rule. Nobody invokes it here, so the token is the name.
    if not request.get("TestMode"):
        _store(request["ResultToken"], request.get("Evaluations", []))
    return {"FailedEvaluations": []}


def _put_external_evaluation(request: dict[str, Any]) -> dict[str, Any]:
    _store(request["ConfigRuleName"], [request["ExternalEvaluation"]])
    return {}


def _store(rule: str, evaluations: list[dict[str, Any]]) -> None:
    _require_rule(rule)
    results = dict(_results.get(rule) or {})
    for evaluation in evaluations:
        resource = (evaluation["ComplianceResourceType"], evaluation["ComplianceResourceId"])
        if evaluation["ComplianceType"] == "NOT_APPLICABLE":
            results.pop(resource, None)
            continue
        qualifier = {"ConfigRuleName": rule, "ResourceType": resource[0], "ResourceId": resource[1]}
        results[resource] = {
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": qualifier,
                "OrderingTimestamp": evaluation["OrderingTimestamp"],
            },
            "ComplianceType": evaluation["ComplianceType"],
            "ResultRecordedTime": time.time(),
            "ConfigRuleInvokedTime": time.time(),
            **pick(evaluation, "Annotation"),
        }
    _results[rule] = results


def _require_rule(name: str) -> None:
    if name not in config._config_rules:
        raise ServiceError("NoSuchConfigRuleException", f"The ConfigRule '{name}' does not exist.")


def _delete_evaluation_results(request: dict[str, Any]) -> dict[str, Any]:
    _require_rule(request["ConfigRuleName"])
    _results.pop(request["ConfigRuleName"], None)
    return {}


def _wanted(results: Any, request: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = request.get("ComplianceTypes")
    return [result for result in results if not kinds or result["ComplianceType"] in kinds]


def _details_by_rule(request: dict[str, Any]) -> dict[str, Any]:
    _require_rule(request["ConfigRuleName"])
    results = (_results.get(request["ConfigRuleName"]) or {}).values()
    return {"EvaluationResults": _wanted(results, request)}


def _details_by_resource(request: dict[str, Any]) -> dict[str, Any]:
    resource = (request.get("ResourceType"), request.get("ResourceId"))
    results = [found[resource] for found in _results.values() if resource in found]
    return {"EvaluationResults": _wanted(results, request)}


def _compliance_by_rule(request: dict[str, Any]) -> dict[str, Any]:
    names = request.get("ConfigRuleNames") or list(config._config_rules.keys())
    for name in names:
        _require_rule(name)
    rules = [{"ConfigRuleName": name, "Compliance": _compliance(name)} for name in names]
    kinds = request.get("ComplianceTypes")
    return {
        "ComplianceByConfigRules": [rule for rule in rules if not kinds or rule["Compliance"]["ComplianceType"] in kinds]
    }


def _compliance(rule: str) -> dict[str, Any]:
    results = list((_results.get(rule) or {}).values())
    failed = sum(result["ComplianceType"] == "NON_COMPLIANT" for result in results)
    if failed:
        count = {"CappedCount": min(failed, 25), "CapExceeded": failed > 25}
        return {"ComplianceType": "NON_COMPLIANT", "ComplianceContributorCount": count}
    return {"ComplianceType": "COMPLIANT" if results else "INSUFFICIENT_DATA"}


def _start_evaluation(request: dict[str, Any]) -> dict[str, Any]:
    # Accepted, as Config does; but nobody evaluates, so no result ever appears by itself.
    for name in request.get("ConfigRuleNames", []):
        _require_rule(name)
    return {}


def _forget_recorder(request: dict[str, Any]) -> dict[str, Any]:
    config._recorders.pop(request["ConfigurationRecorderName"], None)
    return {}


def _forget_channel(request: dict[str, Any]) -> dict[str, Any]:
    config._delivery_channels.pop(request["DeliveryChannelName"], None)
    return {}
