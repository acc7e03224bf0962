import { type Directive, directive } from '../directive';
import { absentOr, isTrue } from '../requirement';
import { either, imported, noSecretVariables, onlyIf, service } from './shared';

const cache = 'AWS::AppSync::ApiCache';
const beside = { ApiId: 'a', ApiCachingBehavior: 'FULL_REQUEST_CACHING', Ttl: 60, Type: 'SMALL' };

const notSwitchedOff = (
  property: string,
  rest: Pick<Directive, 'id' | 'title' | 'concern' | 'why'> & Partial<Directive>,
): Directive =>
  directive({
    tier: 'encrypted',
    severity: 'warning',
    type: cache,
    remedy: `Remove ${property}. A changed value makes the cache anew, empty at first.`,
    aliases: [],
    controls: [],
    source: 'https://docs.aws.amazon.com/appsync/latest/devguide/enabling-caching.html',
    ...rest,
    requires: absentOr(property, isTrue(property)),
    examples: {
      good: [beside, { ...beside, [property]: true }, { ...beside, [property]: onlyIf('true') }],
      bad: [
        { ...beside, [property]: false },
        { ...beside, [property]: 'false' },
        { ...beside, [property]: either(true, false) },
      ],
      unknown: [{ ...beside, [property]: imported }],
    },
  });

export const cacheEncrypted = notSwitchedOff('AtRestEncryptionEnabled', {
  id: 'appsync-api-cache-encrypted',
  title: 'AppSync caches do not switch encryption at rest off',
  concern: 'at-rest',
  why: 'A cache holds answers of the API as they were. AWS encrypts every cache by now and takes no notice of false: a template that asks for plaintext says what is not so.',
  config: ['APPSYNC_CACHE_CT_ENCRYPTION_AT_REST'],
  aliases: ['checkov:CKV_AWS_214'],
});

export const cacheTls = notSwitchedOff('TransitEncryptionEnabled', {
  id: 'appsync-api-cache-tls',
  title: 'AppSync caches do not switch encryption in transit off',
  concern: 'in-transit',
  why: 'Resolvers reach the cache over the network, by now always over TLS: a template that asks for plaintext says what is not so.',
  config: ['APPSYNC_CACHE_CT_ENCRYPTION_IN_TRANSIT'],
  aliases: ['checkov:CKV_AWS_215'],
});

export const apiNoSecretVariables = noSecretVariables({
  id: 'appsync-graphql-api-no-secret-variables',
  type: 'AWS::AppSync::GraphQLApi',
  title: 'AppSync APIs have no plaintext secret in an environment variable',
  paths: ['EnvironmentVariables{}'],
  why: 'Everybody who may read the variables of the API sees them, and so does every resolver of it.',
  source: 'https://docs.aws.amazon.com/appsync/latest/devguide/environment-variables.html',
});

export const appsync = service([cacheEncrypted, cacheTls, apiNoSecretVariables]);
