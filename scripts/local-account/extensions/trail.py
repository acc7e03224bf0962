"""AWS::CloudTrail::Trail. Gap: the emulator has the service but not the type."""

from typing import Any

from glue import Properties, add_type, aws, boolean, physical_name

UPDATABLE = (
    "S3BucketName", "S3KeyPrefix", "KMSKeyId", "EnableLogFileValidation", "IsMultiRegionTrail", "IsLogging",
    "IncludeGlobalServiceEvents", "EventSelectors", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "SnsTopicName",
    "AdvancedEventSelectors", "InsightSelectors", "Tags",
)  # fmt: skip


def install() -> None:
    add_type("AWS::CloudTrail::Trail", _create, _delete, _update, UPDATABLE)


def _settings(properties: Properties) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "S3BucketName": properties["S3BucketName"],
        # An empty key id takes the key away, as an update must be able to do.
        "KmsKeyId": properties.get("KMSKeyId", ""),
        "EnableLogFileValidation": boolean(properties.get("EnableLogFileValidation", False)),
        "IsMultiRegionTrail": boolean(properties.get("IsMultiRegionTrail", False)),
        "IncludeGlobalServiceEvents": boolean(properties.get("IncludeGlobalServiceEvents", True)),
    }
    for name in ("S3KeyPrefix", "SnsTopicName", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"):
        if name in properties:
            settings[name] = properties[name]
    return settings


def _create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("TrailName") or physical_name(stack, logical_id, 128)
    # The emulator would accept a bucket that does not exist; CloudTrail does not.
    aws("s3").head_bucket(Bucket=properties["S3BucketName"])
    aws("cloudtrail").create_trail(Name=name, **_settings(properties))
    return name, _apply(name, properties)


def _update(name: str, properties: Properties) -> dict[str, Any]:
    aws("cloudtrail").update_trail(Name=name, **_settings(properties))
    return _apply(name, properties)


def _apply(name: str, properties: Properties) -> dict[str, Any]:
    client = aws("cloudtrail")
    if properties.get("EventSelectors"):
        client.put_event_selectors(TrailName=name, EventSelectors=properties["EventSelectors"])
    if properties.get("AdvancedEventSelectors"):
        client.put_event_selectors(TrailName=name, AdvancedEventSelectors=properties["AdvancedEventSelectors"])
    if boolean(properties["IsLogging"]):
        client.start_logging(Name=name)
    else:
        client.stop_logging(Name=name)
    trail_arn = client.get_trail(Name=name)["Trail"]["TrailARN"]
    if properties.get("Tags"):
        client.add_tags(ResourceId=trail_arn, TagsList=properties["Tags"])
    return {"Arn": trail_arn}


def _delete(name: str, properties: Properties) -> None:
    aws("cloudtrail").delete_trail(Name=name)
