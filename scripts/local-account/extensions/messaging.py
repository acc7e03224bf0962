"""SNS and Lambda: key properties that the emulator's CloudFormation drops."""

from glue import Properties, aws, complete_type


def install() -> None:
    # Gap: AWS::SNS::Topic ignores KmsMasterKeyId, though SetTopicAttributes stores it.
    complete_type("AWS::SNS::Topic", _topic)
    # Gap: AWS::Lambda::Function ignores KmsKeyArn, though UpdateFunctionConfiguration stores it.
    complete_type("AWS::Lambda::Function", _function)


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
