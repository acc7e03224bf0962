"""SNS and Lambda: key properties that the emulator's CloudFormation drops."""

from typing import Any

from glue import Properties, aws, complete_type
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc


def install() -> None:
    # Gap: AWS::SNS::Topic ignores KmsMasterKeyId, though SetTopicAttributes stores it.
    complete_type("AWS::SNS::Topic", _topic)
    # Gap: AWS::Lambda::Function ignores KmsKeyArn, though UpdateFunctionConfiguration stores it.
    complete_type("AWS::Lambda::Function", _function)
    _workers_of_one_account()


def _workers_of_one_account() -> None:
    """Gap: making or changing a function ends the running functions of that name in every account and region."""
    stock = lambda_svc.invalidate_worker

    def invalidate_worker(
        name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
    ) -> Any:
        return stock(name, qualifier=qualifier, account=account or get_account_id(), region=region or get_region())

    lambda_svc.invalidate_worker = invalidate_worker


def _topic(topic_arn: str, properties: Properties, old: Properties) -> None:
    if properties.get("KmsMasterKeyId") != old.get("KmsMasterKeyId"):
        aws("sns").set_topic_attributes(
            TopicArn=topic_arn, AttributeName="KmsMasterKeyId", AttributeValue=properties.get("KmsMasterKeyId", "")
        )


def _function(name: str, properties: Properties, old: Properties) -> None:
    if properties.get("KmsKeyArn") != old.get("KmsKeyArn"):
        client = aws("lambda")
        client.update_function_configuration(FunctionName=name, KMSKeyArn=properties.get("KmsKeyArn", ""))
        # The update makes the function pending; CloudFormation goes on only when it is active again.
        for waiter in ("function_active_v2", "function_updated_v2"):
            client.get_waiter(waiter).wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
