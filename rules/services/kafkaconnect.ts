import { fsbp, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { all, any, eachNamed, holdsNoCredential, isNotPlaintext, matches } from '../requirement';
import { imported, oneOfThese, onlyIf, service } from './shared';

const connector = 'AWS::KafkaConnect::Connector';
const guide = 'https://docs.aws.amazon.com/msk/latest/developerguide';

export const connectorTls = oneOfThese({
  id: 'kafkaconnect-connector-tls',
  type: connector,
  title: 'MSK Connect connectors reach their cluster over TLS',
  path: 'KafkaClusterEncryptionInTransit.EncryptionType',
  allowed: ['TLS'],
  wrong: ['PLAINTEXT'],
  concern: 'in-transit',
  aliases: ['fsbp:MSK.3'],
  controls: [fsbp('MSK.3'), pci('4.2.1', 'MSK.3')],
  why: 'The connector copies whole topics: with PLAINTEXT every record crosses the network in the clear.',
  remedy: 'Set EncryptionType to TLS. The connector is replaced; the cluster must take TLS clients.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-kafkaconnect-connector-kafkaclusterencryptionintransit.html',
});

const configured = (name: string, value: Json): Properties => ({ ConnectorConfiguration: { [name]: value } });
export const noPlaintextSecrets = directive({
  id: 'kafkaconnect-connector-no-plaintext-secrets',
  title: 'Configurations of MSK Connect connectors hold no secret in plaintext',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: connector,
  requires: all(
    // ${provider:path:key} is looked up by a configuration provider when the connector starts.
    eachNamed(
      'ConnectorConfiguration',
      /(password|passwd|passphrase|secret[._-]?key|api[._-]?key|(^|[._-])token|private[._-]?key)$/i,
      // The plaintext test stands last: what it reports never quotes the value.
      any(matches('', /^\$\{[^{}]+:[^{}]*\}$/), isNotPlaintext('')),
    ),
    holdsNoCredential('ConnectorConfiguration'),
  ),
  why: 'A connector holds the credentials of the database or service it reads and writes; its configuration stands in the template and in every DescribeConnector answer.',
  remedy:
    'Use a configuration provider of the worker, as in ${secretsmanager:app/db:password}, and give the execution role access to the secret. Then change the secret.',
  notExpressible: { live: 'The live readers never read a secret.' },
  aliases: [],
  controls: [],
  source: `${guide}/msk-connect-config-provider.html`,
  examples: {
    good: [
      {},
      configured('tasks.max', '2'),
      configured('database.password', '${secretsmanager:app/db:password}'),
      configured('database.password', '{{resolve:secretsmanager:app/db:SecretString:password}}'),
    ],
    bad: [
      configured('database.password', 'correct-horse'),
      configured('snowflake.private.key', onlyIf('correct-horse')),
      configured('ssl.pem', `-----BEGIN ${'PRIVATE'} KEY-----`),
    ],
    unknown: [configured('database.password', imported)],
  },
});

export const kafkaconnect = service([connectorTls, noPlaintextSecrets]);
