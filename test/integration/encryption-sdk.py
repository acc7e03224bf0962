"""Encrypts or decrypts a file with the AWS Encryption SDK for Python, in the place of a team that uses it.

usage: encryption-sdk.py encrypt|decrypt KEY_ARN FROM TO NAME=VALUE
"""

import sys

import aws_encryption_sdk
import botocore.session
from aws_encryption_sdk.identifiers import CommitmentPolicy

direction, key, source, target, pair = sys.argv[1:]
name, _, value = pair.partition("=")
client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
keys = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key], botocore_session=botocore.session.Session())
options = {"encryption_context": {name: value}} if direction == "encrypt" else {}

with open(source, "rb") as plain, open(target, "wb") as made:
    with client.stream(mode=direction, source=plain, key_provider=keys, **options) as stream:
        for chunk in stream:
            made.write(chunk)
        if direction == "decrypt" and stream.header.encryption_context.get(name) != value:
            sys.exit("the encryption context is another")
