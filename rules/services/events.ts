import { directive, type Json, type Properties } from '../directive';
import { absent, all, each, isNotPlaintext, isTrue, when } from '../requirement';
import { at, customerKey, imported, neverPlaintext, onlyIf, service, template } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const connection = 'AWS::Events::Connection';

export const eventBusCustomerKey = customerKey({
  id: 'events-event-bus-customer-key',
  type: 'AWS::Events::EventBus',
  title: 'EventBridge event buses encrypt under a customer managed key',
  path: 'KmsKeyIdentifier',
  why: 'Events carry orders, names and whatever else applications put into them; without a key of yours they wait for delivery under one AWS owns.',
  source: `${reference}/aws-resource-events-eventbus.html`,
});
export const archiveCustomerKey = customerKey({
  id: 'events-archive-customer-key',
  type: 'AWS::Events::Archive',
  title: 'EventBridge archives encrypt under a customer managed key',
  path: 'KmsKeyIdentifier',
  why: 'An archive keeps every matching event, for ever unless told otherwise, and does not take over the key of its bus.',
  source: `${reference}/aws-resource-events-archive.html`,
});
export const connectionCustomerKey = customerKey({
  id: 'events-connection-customer-key',
  type: connection,
  title: 'EventBridge connections encrypt under a customer managed key',
  path: 'KmsKeyIdentifier',
  concern: 'secrets',
  why: 'EventBridge keeps the login of the API destination in a secret of its own, under a key AWS owns unless one of yours is named.',
  source: `${reference}/aws-resource-events-connection.html`,
});
export const connectionNoPlaintextCredential = neverPlaintext({
  id: 'events-connection-no-plaintext-credential',
  type: connection,
  title: 'EventBridge connections do not have their credential in the template',
  path: [
    'AuthParameters.BasicAuthParameters.Password',
    'AuthParameters.ApiKeyAuthParameters.ApiKeyValue',
    'AuthParameters.OAuthParameters.ClientParameters.ClientSecret',
  ],
  why: 'The credential calls the API of the destination as your application does, from anywhere.',
  source: `${reference}/aws-resource-events-connection.html`,
});

const parameters = ['InvocationHttpParameters', 'OAuthParameters.OAuthHttpParameters'].flatMap((where) =>
  ['HeaderParameters', 'QueryStringParameters', 'BodyParameters'].map((kind) => `AuthParameters.${where}.${kind}`),
);
const header = (value: Json, secret: Json = true): Properties =>
  at('AuthParameters.InvocationHttpParameters.HeaderParameters[]', {
    Key: 'X-Token',
    Value: value,
    IsValueSecret: secret,
  });
export const connectionNoPlaintextParameter = directive({
  id: 'events-connection-no-plaintext-parameter',
  title: 'EventBridge connections do not have secret parameters in the template',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: connection,
  requires: all(...parameters.map((list) => each(list, when(isTrue('IsValueSecret'), isNotPlaintext('Value'))))),
  why: 'IsValueSecret hides the header, query string or body value in EventBridge, not in the template it came from.',
  remedy:
    'Refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change the value: it has been in the template, its history and the CloudFormation console.',
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-events-connection.html`,
  notExpressible: {
    live: 'The API does not return values marked as secret, and the live readers never read a secret.',
  },
  examples: {
    good: [
      {},
      header('{{resolve:secretsmanager:app/api:SecretString:token}}'),
      header('en', false),
      template(connection, header({ Ref: 'P' }), {}, { Parameters: { P: { Type: 'String', NoEcho: true } } }),
    ],
    bad: [
      header('correct-horse'),
      header(onlyIf('correct-horse')),
      ...parameters.map((list) => at(`${list}[]`, { Key: 'k', Value: 'correct-horse', IsValueSecret: 'true' })),
    ],
    unknown: [header(imported), header('correct-horse', imported)],
  },
});

export const eventBusV2CustomerKey = customerKey({
  id: 'eventsv2-event-bus-customer-key',
  type: 'AWS::EventsV2::EventBus',
  title: 'EventBridge event buses (V2) encrypt under a customer managed key',
  path: 'EncryptionConfiguration.KmsKeyIdentifier',
  why: 'Events on the bus are encrypted under a key AWS owns unless EncryptionConfiguration names one whose use you can see and stop.',
  source: `${reference}/aws-resource-eventsv2-eventbus.html`,
});
export const eventSourceCustomerKey = customerKey({
  id: 'eventsv2-event-source-customer-key',
  type: 'AWS::EventsV2::EventSource',
  title: 'Partner event buses of EventBridge event sources encrypt under a customer managed key',
  path: 'Configuration.PartnerEventsConfiguration.PartnerBusKmsKeyIdentifier',
  // Only events of a partner pass over a bus the event source makes.
  unless: [absent('Configuration.PartnerEventsConfiguration')],
  beside: {
    Configuration: {
      PartnerEventsConfiguration: {
        PartnerEventSourceArn: 'arn:aws:events:eu-west-1::event-source/aws.partner/example.com/1',
      },
    },
  },
  alsoGood: [{ Configuration: { AwsServiceEventsConfiguration: { AwsService: 'aws.s3' } } }],
  why: 'What a partner sends passes first over a managed bus, which takes a key AWS owns and not that of your own bus.',
  source: `${reference}/aws-resource-eventsv2-eventsource.html`,
});

export const events = service([
  eventBusCustomerKey,
  archiveCustomerKey,
  connectionCustomerKey,
  connectionNoPlaintextCredential,
  connectionNoPlaintextParameter,
  eventBusV2CustomerKey,
  eventSourceCustomerKey,
]);
