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
        aws("lambda").update_function_configuration(FunctionName=name, KMSKeyArn=properties.get("KmsKeyArn", ""))
