import { directive, type Json, type Properties } from '../directive';
import { absent, absentOr, all, each, isCustomerKey, isTrue, present, when } from '../requirement';
import {
  customerKey,
  imported,
  keyArn,
  keyResource,
  neverPlaintext,
  noSecretVariables,
  onlyIf,
  service,
  template,
} from './shared';

const reference =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrockagentcore';
const guide = 'https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide';

export const apiKeyNoPlaintext = neverPlaintext({
  id: 'bedrockagentcore-api-key-credential-provider-no-plaintext-key',
  type: 'AWS::BedrockAgentCore::ApiKeyCredentialProvider',
  title: 'AgentCore API key providers take the key from a secret',
  path: 'ApiKey',
  why: "Agents call outside services with this key, on your bill and with your account's rights there.",
  remedy:
    'Set ApiKeySecretSource to EXTERNAL and name your secret in ApiKeySecretConfig, or use a dynamic reference. Then change the key.',
  source: `${reference}-apikeycredentialprovider.html`,
});

const oauth2 = 'Oauth2ProviderConfigInput';
export const oauth2NoPlaintext = neverPlaintext({
  id: 'bedrockagentcore-oauth2-credential-provider-no-plaintext-secret',
  type: 'AWS::BedrockAgentCore::OAuth2CredentialProvider',
  title: 'AgentCore OAuth2 providers take the client secret from a secret',
  path: [
    `${oauth2}.CustomOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.GoogleOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.GithubOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.SlackOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.SalesforceOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.MicrosoftOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.AtlassianOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.LinkedinOauth2ProviderConfig.ClientSecret`,
    `${oauth2}.IncludedOauth2ProviderConfig.ClientSecret`,
  ],
  why: 'With the client secret anyone can ask the identity provider for tokens in the name of your agents.',
  remedy:
    'Set ClientSecretSource to EXTERNAL and name your secret in ClientSecretConfig, or use a dynamic reference. Then change the secret.',
  source: `${reference}-oauth2credentialprovider.html`,
});

export const paymentNoPlaintext = neverPlaintext({
  id: 'bedrockagentcore-payment-credential-provider-no-plaintext-secret',
  type: 'AWS::BedrockAgentCore::PaymentCredentialProvider',
  title: 'AgentCore payment providers take wallet and API secrets from a secret',
  path: [
    'ProviderConfigurationInput.CoinbaseCdpConfiguration.ApiKeySecret',
    'ProviderConfigurationInput.CoinbaseCdpConfiguration.WalletSecret',
    'ProviderConfigurationInput.StripePrivyConfiguration.AppSecret',
    'ProviderConfigurationInput.StripePrivyConfiguration.AuthorizationPrivateKey',
  ],
  why: 'These secrets move money: whoever reads them in the template can pay from the wallet of your agents.',
  remedy:
    'Set the source of each secret to EXTERNAL and name your secret in the Config property beside it, or use a dynamic reference. Then change the secrets.',
  source: `${reference}-paymentcredentialprovider.html`,
});

const compute = 'ComputeConfiguration.Ec2Configuration';
const ephemeral = `${compute}.LaunchTemplateSource.LaunchParameters.EphemeralVolumes`;
const provider = 'AWS::BedrockAgentCore::CapacityProvider';
const ec2 = (configuration: Properties): Properties => ({ ComputeConfiguration: { Ec2Configuration: configuration } });
const rootVolume = (volume: Properties): Properties => ec2({ RootVolume: { FreeSpaceGiB: 8, ...volume } });
const persistent = (volume: Properties): Properties =>
  ec2({ Volumes: [{ EbsConfiguration: { Name: 'data', SizeGiB: 8, ...volume } }] });
const attached = (...mappings: readonly Json[]): Properties =>
  ec2({ LaunchTemplateSource: { LaunchParameters: { EphemeralVolumes: mappings } } });

export const capacityProviderEncrypted = directive({
  id: 'bedrockagentcore-capacity-provider-volumes-encrypted',
  title: 'AgentCore capacity providers encrypt the volumes of their instances',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: provider,
  requires: all(
    when(present(`${compute}.RootVolume`), isTrue(`${compute}.RootVolume.Encrypted`)),
    each(ephemeral, when(present('Ebs'), isTrue('Ebs.Encrypted'))),
    each(`${compute}.Volumes`, absentOr('EbsConfiguration.Encrypted', isTrue('EbsConfiguration.Encrypted'))),
  ),
  why: 'What agents write to disk, conversations and downloaded files included, is plaintext on a volume that does not ask for encryption, unless the account does so by default.',
  remedy:
    'Set Encrypted to true for the root volume and every EBS volume; named volumes are encrypted unless you say no.',
  aliases: [],
  controls: [],
  source: `${reference}-capacityprovider.html`,
  examples: {
    good: [
      {},
      rootVolume({ Encrypted: true }),
      attached({ Ebs: { VolumeSize: 8, Encrypted: 'true' } }, { VirtualName: 'ephemeral0' }),
      persistent({}),
      persistent({ Encrypted: true }),
    ],
    bad: [
      rootVolume({}),
      rootVolume({ Encrypted: onlyIf(true) }),
      attached({ Ebs: { VolumeSize: 8 } }),
      attached({ Ebs: { VolumeSize: 8, Encrypted: false } }),
      persistent({ Encrypted: false }),
    ],
    unknown: [rootVolume({ Encrypted: imported }), persistent({ Encrypted: imported })],
  },
});

export const capacityProviderCustomerKey = directive({
  id: 'bedrockagentcore-capacity-provider-volumes-customer-key',
  title: 'AgentCore capacity providers encrypt volumes under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: provider,
  requires: all(
    when(present(`${compute}.RootVolume`), isCustomerKey(`${compute}.RootVolume.KmsKeyId`)),
    each(ephemeral, when(present('Ebs'), isCustomerKey('Ebs.KmsKeyId'))),
    each(`${compute}.Volumes`, isCustomerKey('EbsConfiguration.KmsKeyId')),
  ),
  why: 'A volume that names no key takes the default key of EBS in the account, as a rule aws/ebs, which every volume shares and no one can revoke.',
  remedy: 'Name your key in KmsKeyId of the root volume and of every EBS volume, and let the capacity provider use it.',
  aliases: [],
  controls: [],
  source: `${reference}-capacityprovider.html`,
  examples: {
    good: [
      {},
      template(provider, rootVolume({ Encrypted: true, KmsKeyId: keyArn }), keyResource),
      template(provider, attached({ Ebs: { KmsKeyId: keyArn } }, { VirtualName: 'ephemeral0' }), keyResource),
      template(provider, persistent({ KmsKeyId: keyArn }), keyResource),
    ],
    bad: [
      rootVolume({ Encrypted: true }),
      attached({ Ebs: { Encrypted: true } }),
      persistent({}),
      persistent({ KmsKeyId: 'alias/aws/ebs' }),
      template(provider, persistent({ KmsKeyId: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [rootVolume({ KmsKeyId: imported }), persistent({ KmsKeyId: imported })],
  },
});

export const configurationBundleCustomerKey = customerKey({
  id: 'bedrockagentcore-configuration-bundle-customer-key',
  type: 'AWS::BedrockAgentCore::ConfigurationBundle',
  title: 'AgentCore configuration bundles encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'A bundle holds the prompts and settings of your agents; without KmsKeyArn a key of AWS guards them.',
  source: `${reference}-configurationbundle.html`,
});
export const datasetCustomerKey = customerKey({
  id: 'bedrockagentcore-dataset-customer-key',
  type: 'AWS::BedrockAgentCore::Dataset',
  title: 'AgentCore datasets encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The service writes the examples of a dataset, often real conversations, to S3 with SSE-KMS under your key only if it is named.',
  source: `${reference}-dataset.html`,
});
export const evaluatorCustomerKey = customerKey({
  id: 'bedrockagentcore-evaluator-customer-key',
  type: 'AWS::BedrockAgentCore::Evaluator',
  title: 'AgentCore evaluators encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'An evaluator keeps instructions and scales that describe how your agents are judged; without a key of yours AWS alone decides who decrypts them.',
  source: `${reference}-evaluator.html`,
});
export const gatewayCustomerKey = customerKey({
  id: 'bedrockagentcore-gateway-customer-key',
  type: 'AWS::BedrockAgentCore::Gateway',
  title: 'AgentCore gateways encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'A gateway stores the definitions of the tools your agents may call, under a key the service manages unless given yours.',
  source: `${guide}/gateway-encryption.html`,
});
const managedMemory = 'Memory.ManagedMemoryConfiguration';
export const harnessCustomerKey = customerKey({
  id: 'bedrockagentcore-harness-memory-customer-key',
  type: 'AWS::BedrockAgentCore::Harness',
  title: 'AgentCore harnesses keep managed memory under a customer managed key',
  path: `${managedMemory}.EncryptionKeyArn`,
  beside: { Memory: { ManagedMemoryConfiguration: { EventExpiryDuration: 30 } } },
  unless: [absent(managedMemory)],
  alsoGood: [{}],
  why: 'The memory that a harness makes for itself holds what users told the agent, under a key AWS owns by default.',
  remedy: 'The key cannot be changed after the harness is made: make a new one and move to it.',
  source: `${reference}-harness.html`,
});
export const memoryCustomerKey = customerKey({
  id: 'bedrockagentcore-memory-customer-key',
  type: 'AWS::BedrockAgentCore::Memory',
  title: 'AgentCore memories encrypt under a customer managed key',
  path: 'EncryptionKeyArn',
  why: 'Long-term memory gathers personal facts from conversations; under a service managed key they cannot be made unreadable at your will.',
  config: ['BEDROCK_AGENTCORE_MEMORY_ENCRYPTION_ENABLED'],
  source: `${guide}/storage-encryption.html`,
});
export const policyEngineCustomerKey = customerKey({
  id: 'bedrockagentcore-policy-engine-customer-key',
  type: 'AWS::BedrockAgentCore::PolicyEngine',
  title: 'AgentCore policy engines encrypt under a customer managed key',
  path: 'EncryptionKeyArn',
  why: 'The policies say what each agent may do; their text lies under a key of AWS unless you name one.',
  source: `${reference}-policyengine.html`,
});

export const runtimeNoSecretVariables = noSecretVariables({
  id: 'bedrockagentcore-runtime-no-secret-variables',
  type: 'AWS::BedrockAgentCore::Runtime',
  title: 'AgentCore runtimes have no plaintext secret in an environment variable',
  paths: ['EnvironmentVariables{}'],
  why: 'Everybody who may read the runtime sees its variables, and an agent can be talked into telling them.',
  remedy:
    'Give the agent a credential provider of AgentCore Identity, or let its role fetch the secret. Then change the secret: it has been in the template and its history.',
  source: `${reference}-runtime.html`,
});

export const bedrockagentcore = service(
  [
    apiKeyNoPlaintext,
    oauth2NoPlaintext,
    paymentNoPlaintext,
    capacityProviderEncrypted,
    capacityProviderCustomerKey,
    configurationBundleCustomerKey,
    datasetCustomerKey,
    evaluatorCustomerKey,
    gatewayCustomerKey,
    harnessCustomerKey,
    memoryCustomerKey,
    policyEngineCustomerKey,
    runtimeNoSecretVariables,
  ],
  {
    'AWS::BedrockAgentCore::OAuth2CredentialProvider': {
      'Oauth2ProviderConfigInput.CustomOauth2ProviderConfig.PrivateKeyJwtConfig.PrivateKeySource.KmsKeySource':
        'It names the asymmetric KMS key that signs client assertions, which only a customer can make; it encrypts nothing.',
    },
  },
);
