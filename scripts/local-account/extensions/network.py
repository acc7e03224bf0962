"""EC2 network types that the emulator's CloudFormation lacks, though the service has the actions."""

import json
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import botocore.exceptions
from glue import Created, Properties, add_type, aws, complete_type, pick, tag_specifications
from ministack.services import ec2


def install() -> None:
    # Gap: no handlers for these types, though the service has the actions.
    add_type("AWS::EC2::EIP", _create_address, _delete_address)
    add_type("AWS::EC2::NatGateway", _create_nat_gateway, _delete_nat_gateway)
    add_type("AWS::EC2::FlowLog", _create_flow_log, _delete_flow_log)
    add_type("AWS::EC2::SecurityGroupIngress", _create_rule("ingress"), _delete_rule("ingress"))
    add_type("AWS::EC2::SecurityGroupEgress", _create_rule("egress"), _delete_rule("egress"))
    _show_endpoint_policies()
    # Gap: the address range is no attribute of a VPC.
    complete_type("AWS::EC2::VPC", lambda vpc, properties, old: pick(properties, "CidrBlock"))


def _show_endpoint_policies() -> None:
    # Gap: an endpoint keeps the policy of its template, and does not tell of it.
    stock = ec2._vpce_fields_xml

    def fields(endpoint: dict[str, Any], tag: str = "item") -> str:
        # Without one of its own an endpoint has the policy that lets everything through.
        policy = endpoint.get("PolicyDocument") or _ALLOW_ALL
        text = policy if isinstance(policy, str) else json.dumps(policy)
        xml: str = stock(endpoint, tag)
        return xml.replace(f"</{tag}>", f"<policyDocument>{escape(text)}</policyDocument></{tag}>")

    ec2._vpce_fields_xml = fields


_ALLOW_ALL = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def _create_address(logical_id: str, properties: Properties, stack: str) -> Created:
    address = aws("ec2").allocate_address(Domain="vpc", **tag_specifications(properties, "elastic-ip"))
    return address["PublicIp"], {"AllocationId": address["AllocationId"], "PublicIp": address["PublicIp"]}


def _delete_address(public_ip: str, properties: Properties) -> None:
    for address in aws("ec2").describe_addresses()["Addresses"]:
        if address["PublicIp"] == public_ip:
            aws("ec2").release_address(AllocationId=address["AllocationId"])


def _create_nat_gateway(logical_id: str, properties: Properties, stack: str) -> Created:
    request = pick(properties, "SubnetId", "AllocationId", "ConnectivityType")
    answer = aws("ec2").create_nat_gateway(**request, **tag_specifications(properties, "natgateway"))
    gateway = answer["NatGateway"]["NatGatewayId"]
    return gateway, {"NatGatewayId": gateway}


def _delete_nat_gateway(gateway: str, properties: Properties) -> None:
    aws("ec2").delete_nat_gateway(NatGatewayId=gateway)


def _create_flow_log(logical_id: str, properties: Properties, stack: str) -> Created:
    names = ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName",
             "DeliverLogsPermissionArn", "LogFormat", "DestinationOptions")  # fmt: skip
    request = pick(properties, *names)
    if "MaxAggregationInterval" in properties:
        request["MaxAggregationInterval"] = int(properties["MaxAggregationInterval"])
    answer = aws("ec2").create_flow_logs(
        ResourceIds=[properties["ResourceId"]], **request, **tag_specifications(properties, "vpc-flow-log")
    )
    flow_log = answer["FlowLogIds"][0]
    return flow_log, {"Id": flow_log}


def _delete_flow_log(flow_log: str, properties: Properties) -> None:
    aws("ec2").delete_flow_logs(FlowLogIds=[flow_log])


def _permission(properties: Properties, direction: str) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": str(properties["IpProtocol"])}
    for name in ("FromPort", "ToPort"):
        if name in properties:
            permission[name] = int(properties[name])
    described = pick(properties, "Description")
    group = properties.get("SourceSecurityGroupId" if direction == "ingress" else "DestinationSecurityGroupId")
    prefix_list = properties.get("SourcePrefixListId" if direction == "ingress" else "DestinationPrefixListId")
    if "CidrIp" in properties:
        permission["IpRanges"] = [{"CidrIp": properties["CidrIp"], **described}]
    if "CidrIpv6" in properties:
        permission["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"], **described}]
    if group:
        permission["UserIdGroupPairs"] = [{"GroupId": group, **described}]
    if prefix_list:
        permission["PrefixListIds"] = [{"PrefixListId": prefix_list, **described}]
    return permission


def _create_rule(direction: str) -> Callable[[str, Properties, str], Created]:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        authorize = getattr(aws("ec2"), f"authorize_security_group_{direction}")
        group = properties["GroupId"]
        answer = authorize(GroupId=group, IpPermissions=[_permission(properties, direction)])
        rules = answer.get("SecurityGroupRules") or [{}]
        rule = rules[0].get("SecurityGroupRuleId") or f"{group}-{logical_id}"
        return rule, {"Id": rule}

    return create


def _delete_rule(direction: str) -> Callable[[str, Properties], None]:
    def delete(rule: str, properties: Properties) -> None:
        revoke = getattr(aws("ec2"), f"revoke_security_group_{direction}")
        try:
            revoke(GroupId=properties["GroupId"], IpPermissions=[_permission(properties, direction)])
        except botocore.exceptions.ClientError as error:
            # The group may have gone first, and its rules with it.
            if "NotFound" not in error.response["Error"]["Code"]:
                raise

    return delete
