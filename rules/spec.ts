import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { PropertyType, Resource, ResourceProperties, SpecDatabase } from '@aws-cdk/service-spec-types';
import type { Concern } from './directive';

/** What CloudFormation's schema says a property holds; `json` is anything. */
export type SchemaKind = 'boolean' | 'number' | 'string' | 'object' | 'list' | 'map' | 'json';

/** One property of a resource type, at whatever depth. */
export interface SchemaProperty {
  readonly type: string;
  /** Names joined by dots; `[]` after the name of a list and `{}` after that of a map, as in `Users[].Password`. */
  readonly path: string;
  readonly kind: SchemaKind;
  readonly required: boolean;
  /** A new value replaces the resource. */
  readonly replaces: boolean;
  readonly documentation: string;
}

/** The CloudFormation schema as the AWS CDK ships it. */
export interface Spec {
  /** All resource types. */
  readonly types: readonly string[];
  /** Every property of a type; of a structure that contains itself, the first round. */
  properties(type: string): readonly SchemaProperty[];
  /** Names of the properties that identify a resource to Cloud Control, in order. */
  identifier(type: string): readonly string[];
  /** Names of the properties or attributes that make up CloudFormation's physical id, where it is another than that. */
  physicalId(type: string): readonly string[] | undefined;
}

/** Loads the schema that stands in `node_modules` (@aws-cdk/aws-service-spec): no network. Takes half a second. */
export async function loadSpec(): Promise<Spec> {
  const database = await loadAwsServiceSpec();
  const resources = new Map(database.all('resource').map((resource) => [resource.cloudFormationType, resource]));
  const known = new Map<string, readonly SchemaProperty[]>();
  return {
    types: [...resources.keys()].sort(),
    identifier: (type) => resources.get(type)?.primaryIdentifier ?? [],
    physicalId: (type) => resources.get(type)?.cfnRefIdentifier,
    properties: (type) => {
      const found = known.get(type);
      if (found) return found;
      const resource = resources.get(type);
      const properties = resource ? [...walk(database, resource)] : [];
      known.set(type, properties);
      return properties;
    },
  };
}

function* walk(database: SpecDatabase, resource: Resource): Generator<SchemaProperty> {
  const type = resource.cloudFormationType;
  yield* inside(resource.properties, '', [], false);

  function* inside(
    properties: ResourceProperties,
    prefix: string,
    within: readonly string[],
    replaced: boolean,
  ): Generator<SchemaProperty> {
    for (const [name, property] of Object.entries(properties)) {
      const { kind, suffix, structures } = shapeOf(property.type);
      const replaces = replaced || property.causesReplacement === 'yes';
      const path = prefix + name;
      const { required = false, documentation = '' } = property;
      yield { type, path, kind, required, replaces, documentation };
      for (const id of structures) {
        if (within.includes(id)) continue;
        const structure = database.get('typeDefinition', id);
        yield* inside(structure.properties, `${path}${suffix}.`, [...within, id], replaces);
      }
    }
  }
}

/** What a property holds, how to step into it, and the structures found there. */
function shapeOf(type: PropertyType): { kind: SchemaKind; suffix: string; structures: string[] } {
  let suffix = '';
  let current = type;
  while (current.type === 'array' || current.type === 'map') {
    suffix += current.type === 'array' ? '[]' : '{}';
    current = current.element;
  }
  const options = current.type === 'union' ? current.types : [current];
  const structures = options.flatMap((option) => (option.type === 'ref' ? [option.reference.$ref] : []));
  if (suffix) return { kind: suffix.startsWith('[]') ? 'list' : 'map', suffix, structures };
  return { kind: kindOf(current), suffix, structures };
}

function kindOf(type: PropertyType): SchemaKind {
  switch (type.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'date-time':
      return 'string';
    case 'ref':
      return 'object';
    default:
      return 'json';
  }
}

/** A property by whose name or place encryption, its keys or a secret is meant. */
export interface EncryptionProperty extends SchemaProperty {
  readonly concern: Concern;
}

/** Words of a name: `OriginSSLProtocols` is Origin, SSL, Protocols. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[ _-]+/);

const atRest =
  /encrypt(?!$)|kms(?!access|policydocument)|^cmk|customermanagedkey|customerkey|awsownedkey|keyrotation|^rotationperiod|pendingwindow/i;
const inTransit =
  /https(?!token)|mtls|mutualtls|truststore|secureprotocol|securityprotocol|minimumprotocol|(origin|viewer|^)protocolpolicy|serverprotocol|instanceprotocol|ingestprotocol|insecure|^securitypolicy$|^securitypolicyname$|intransit|transitencryption/i;
const certificate = /certificate/i;
/** The types whose `Protocol` chooses between plaintext and TLS. */
const choosesProtocol =
  /^AWS::(ElasticLoadBalancing(V2)?|VpcLattice|SNS|RTBFabric|Route53Resolver|Route53GlobalResolver|Transfer)::|^AWS::EC2::VerifiedAccessEndpoint$|^AWS::S3::Bucket$/;
const notAProtocol = /HealthCheck|DeliveryStatusLogging/;
/** Their certificates are what they keep or vouch for, not how they are spoken to. */
const keepsCertificates =
  /^AWS::(ACMPCA|PCAConnectorAD|PCAConnectorSCEP|Greengrass|RolesAnywhere|IoTCoreDeviceAdvisor|Pinpoint|AppStream|SupportAuthZ|PaymentCryptography)::|^AWS::(BedrockAgentCore::(BrowserCustom|CodeInterpreterCustom)|CertificateManager::AcmeEndpoint|DMS::Certificate|DevOpsAgent::PrivateConnection|EC2::(CustomerGateway|EnclaveCertificateIamRoleAssociation)|IAM::ServerCertificate|IoT::(CACertificate|Certificate|CertificateProvider|AccountAuditConfiguration|MitigationAction)|Lightsail::Certificate|Location::APIKey|SES::EmailIdentityCertificate|SecurityAgent::Pentest|Transfer::(Certificate|Profile)|WorkSpacesWeb::TrustStore)$/;
const keyProperties = new Set(['KeyPolicy', 'KeySpec', 'Origin', 'BypassPolicyLockoutSafetyCheck']);

const secretName =
  /(password|passwd|passphrase|secret|token|apikey|privatekey|accesskey|sharedkey|authkey|signingkey|keypassphrase|hostkeybody|sshkey)(value|key|map)?$|passwords$|credentials?$/i;
/** What is called like a secret but holds none: a counter, a public half, a name for a field. */
const noSecret = /^(client|http|next|service|idempotency)token$|publickey$|pretokengeneration|eventsourcetoken/i;

/** The properties of a type that have to do with encryption, by their names. */
export function encryptionProperties(spec: Spec, type: string): readonly EncryptionProperty[] {
  return spec.properties(type).flatMap((property): EncryptionProperty[] => {
    const concern = concernOf(property);
    return concern ? [{ ...property, concern }] : [];
  });
}

/** Whether data of this type is encrypted, at rest or in transit, by what its properties say: secrets alone do not count. */
export const isEncryptable = (properties: readonly EncryptionProperty[]): boolean =>
  properties.some(({ concern }) => concern !== 'secrets');

function concernOf({ type, path, kind }: SchemaProperty): Concern | undefined {
  const name = path.split('.').at(-1) ?? '';
  const words = wordsOf(name);
  const textual = kind === 'string' || kind === 'json' || kind === 'list';
  if (textual && secretName.test(name) && !noSecret.test(name)) {
    // `SslClientKeyPassword` is a secret first; `KmsKeySecret` and the like do not exist.
    if (!/kms/i.test(name)) return 'secrets';
  }
  if (keepsCertificates.test(type)) return undefined;
  if (/^AWS::KMS::(Key|ReplicaKey)$/.test(type) && keyProperties.has(name)) return 'keys';
  if (/^protocols?$/i.test(name))
    return choosesProtocol.test(type) && !notAProtocol.test(path) ? 'in-transit' : undefined;
  if (inTransit.test(name) || words.some((word) => /^(ssl|tls)$/i.test(word) && !/ListenerPort/.test(name))) {
    return 'in-transit';
  }
  if (atRest.test(name) || words.some((word) => /^sse$/i.test(word) || /^SSE[A-Z0-9]/.test(word))) return 'at-rest';
  return certificate.test(name) ? 'in-transit' : undefined;
}
