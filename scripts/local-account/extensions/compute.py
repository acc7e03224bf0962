"""EC2 storage. Gaps: no AWS::EC2::Volume type, the key of an encrypted device is dropped, and the account has no
setting for encryption by default."""

import re
from typing import Any

from glue import Properties, add_type, aws, boolean, pick, tag_specifications
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import ec2

# Volume id -> the KMS key it was made with; the emulator's own record has no place for it.
_volume_keys = AccountRegionScopedDict()
# "encrypted" and "key": the account's settings for new volumes in a region.
_defaults = AccountRegionScopedDict()

AWS_MANAGED_KEY = "alias/aws/ebs"


def install() -> None:
    add_type("AWS::EC2::Volume", _create, _delete, _update, ("Tags", "Size", "VolumeType", "Iops", "Throughput"))
    _keep_volume_keys()
    _keep_template_keys()
    ec2._ACTION_MAP.update(
        {
            "EnableEbsEncryptionByDefault": lambda request: _set_by_default("EnableEbsEncryptionByDefault", True),
            "DisableEbsEncryptionByDefault": lambda request: _set_by_default("DisableEbsEncryptionByDefault", False),
            "GetEbsEncryptionByDefault": lambda request: _by_default("GetEbsEncryptionByDefault"),
            "ModifyEbsDefaultKmsKeyId": _modify_default_key,
            "ResetEbsDefaultKmsKeyId": _reset_default_key,
            "GetEbsDefaultKmsKeyId": lambda request: _default_key("GetEbsDefaultKmsKeyId"),
        }
    )


def _create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    request = pick(properties, "AvailabilityZone", "VolumeType", "SnapshotId", "KmsKeyId")
    for name in ("Size", "Iops", "Throughput"):
        if name in properties:
            request[name] = int(properties[name])
    if "Encrypted" in properties:
        request["Encrypted"] = boolean(properties["Encrypted"])
    volume = aws("ec2").create_volume(**request, **tag_specifications(properties, "volume"))
    return volume["VolumeId"], {"VolumeId": volume["VolumeId"]}


def _update(volume_id: str, properties: Properties) -> dict[str, Any]:
    sizes = {name: int(properties[name]) for name in ("Size", "Iops", "Throughput") if name in properties}
    aws("ec2").modify_volume(VolumeId=volume_id, **pick(properties, "VolumeType"), **sizes)
    return {"VolumeId": volume_id}


def _delete(volume_id: str, properties: Properties) -> None:
    aws("ec2").delete_volume(VolumeId=volume_id)


def _keep_volume_keys() -> None:
    stock_create, stock_xml = ec2._create_volume, ec2._volume_inner_xml
    # The id of a volume is known only once it is made, and its answer is written before it is returned.
    asked_for: list[str] = []

    def create(request: Any) -> Any:
        key = ec2._p(request, "KmsKeyId")
        encrypted = ec2._p(request, "Encrypted").lower() == "true" or bool(_defaults.get("encrypted"))
        if encrypted:
            request = {**request, "Encrypted": ["true"]}
            asked_for.append(key or _current_default_key())
        try:
            return stock_create(request)
        finally:
            asked_for.clear()

    def xml(volume: dict[str, Any]) -> str:
        if asked_for:
            _volume_keys[volume["VolumeId"]] = asked_for.pop()
        key = _volume_keys.get(volume["VolumeId"])
        return stock_xml(volume) + (f"<kmsKeyId>{ec2._esc(key)}</kmsKeyId>" if key else "")

    ec2._create_volume, ec2._volume_inner_xml = create, xml
    ec2._ACTION_MAP["CreateVolume"] = create


def _keep_template_keys() -> None:
    stock_parse, stock_xml = ec2._parse_lt_data, ec2._lt_data_xml

    def parse(request: Any, prefix: str = "LaunchTemplateData") -> dict[str, Any]:
        data: dict[str, Any] = stock_parse(request, prefix)
        for number, device in enumerate(data.get("BlockDeviceMappings", []), 1):
            key = ec2._p(request, f"{prefix}.BlockDeviceMapping.{number}.Ebs.KmsKeyId")
            if key:
                device.setdefault("Ebs", {})["KmsKeyId"] = key
        return data

    def xml(data: dict[str, Any]) -> str:
        devices = iter([device["Ebs"] for device in data.get("BlockDeviceMappings") or [] if "Ebs" in device])

        def with_key(match: re.Match[str]) -> str:
            key = next(devices).get("KmsKeyId")
            return f"{match[0]}<kmsKeyId>{ec2._esc(key)}</kmsKeyId>" if key else match[0]

        return re.sub("<ebs>", with_key, stock_xml(data))

    ec2._parse_lt_data, ec2._lt_data_xml = parse, xml


def _current_default_key() -> str:
    return _defaults.get("key") or f"arn:aws:kms:{get_region()}:{get_account_id()}:{AWS_MANAGED_KEY}"


def _set_by_default(action: str, on: bool) -> Any:
    _defaults["encrypted"] = on
    return _by_default(action)


def _by_default(action: str) -> Any:
    on = "true" if _defaults.get("encrypted") else "false"
    return ec2._xml(200, f"{action}Response", f"<ebsEncryptionByDefault>{on}</ebsEncryptionByDefault>")


def _modify_default_key(request: Any) -> Any:
    _defaults["key"] = ec2._p(request, "KmsKeyId")
    return _default_key("ModifyEbsDefaultKmsKeyId")


def _reset_default_key(request: Any) -> Any:
    _defaults.pop("key", None)
    return _default_key("ResetEbsDefaultKmsKeyId")


def _default_key(action: str) -> Any:
    return ec2._xml(200, f"{action}Response", f"<kmsKeyId>{ec2._esc(_current_default_key())}</kmsKeyId>")
