import { CloudTrailClient, DescribeTrailsCommand, type Trail } from '@aws-sdk/client-cloudtrail';
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeDeliveryChannelsCommand,
} from '@aws-sdk/client-config-service';
import { IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import { type Config, recorderOf } from '../pipeline/config';
import { messageOf } from '../pipeline/user-error';
import type { ClientSettings } from './access';
import { recordedTypes } from './conformance';
import { detectionOf } from './controls';
import type { Place } from './places';

/** Something an account has already that the bootstrap, or an environment's stacks, would make too. */
export interface Existing extends Place {
  readonly kind: 'recorder' | 'delivery channel' | 'trail' | 'OIDC provider';
  /** `collides`: the deployment would fail, or take away what works; `note`: it is left alone, and worth knowing. */
  readonly level: 'collides' | 'note' | 'unknown';
  readonly says: string;
  /** What to write into the configuration. */
  readonly next?: string;
}

/** What the bootstrap's own stacks made in a place, by physical id: that is no collision. */
export type Own = ReadonlySet<string>;

/** What GitHub Actions signs in with. https://docs.github.com/actions/concepts/security/openid-connect */
export const GITHUB_ISSUER = 'token.actions.githubusercontent.com';

/** A region takes five trails. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html */
const TRAILS_PER_REGION = 5;

/**
 * Looks for what is there. It only reads (config:Describe…, cloudtrail:DescribeTrails,
 * iam:ListOpenIDConnectProviders); what it may not read is `unknown`.
 *
 * @param makesProvider whether the bootstrap's templates make GitHub's OIDC provider in this account.
 */
export async function lookForExisting(
  settings: ClientSettings,
  place: Place,
  config: Config,
  { own, makesProvider }: { readonly own: Own; readonly makesProvider: boolean },
): Promise<readonly Existing[]> {
  const each = await Promise.all([
    attempt(place, 'recorder', () => recorders(settings, place, config, own)),
    attempt(place, 'trail', () => trails(settings, place, config)),
    attempt(place, 'OIDC provider', () => providers(settings, place, own, makesProvider)),
  ]);
  return each.flat();
}

async function attempt(
  place: Place,
  kind: Existing['kind'],
  look: () => Promise<readonly Existing[]>,
): Promise<readonly Existing[]> {
  try {
    return await look();
  } catch (error) {
    return [{ ...at(place), kind, level: 'unknown', says: `could not be read: ${messageOf(error)}` }];
  }
}

const at = ({ account, region }: Place): Place => ({ account, region });

/** One recorder and one delivery channel per region. https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html */
async function recorders(
  settings: ClientSettings,
  place: Place,
  config: Config,
  own: Own,
): Promise<readonly Existing[]> {
  const client = new ConfigServiceClient(settings);
  try {
    const [{ ConfigurationRecorders = [] }, { ConfigurationRecordersStatus = [] }, { DeliveryChannels = [] }] =
      await Promise.all([
        client.send(new DescribeConfigurationRecordersCommand({})),
        client.send(new DescribeConfigurationRecorderStatusCommand({})),
        client.send(new DescribeDeliveryChannelsCommand({})),
      ]);
    // One that belongs to a service of AWS (Security Hub, CloudWatch) stands beside the region's own.
    const recorder = ConfigurationRecorders.find(({ servicePrincipal }) => servicePrincipal === undefined);
    const channel = DeliveryChannels[0];
    const choice = recorderOf(config, place);
    const field = `recorderIn: { '${place.account}/${place.region}': '${choice === 'create' ? 'adopt' : 'create'}' }`;
    const tell = (kind: Existing['kind'], level: Existing['level'], says: string, next?: string): Existing => ({
      ...at(place),
      kind,
      level,
      says,
      ...(next === undefined ? {} : { next }),
    });
    const isOwn = recorder?.name !== undefined && own.has(recorder.name);
    if (choice === 'create') {
      return [
        ...(recorder && !isOwn
          ? [tell('recorder', 'collides', `'${recorder.name}' is there, and a region takes one`, `${field} adopts it.`)]
          : []),
        ...(channel && !recorder && !own.has(channel.name ?? '')
          ? [
              tell(
                'delivery channel',
                'collides',
                `'${channel.name}' is there without a recorder, and a region takes one`,
                `Delete it (aws configservice delete-delivery-channel --delivery-channel-name ${channel.name}), or make its recorder and adopt both.`,
              ),
            ]
          : []),
      ];
    }
    if (!recorder) {
      return [
        tell(
          'recorder',
          'collides',
          'there is none to adopt, and AWS Config takes no rule without one',
          `${field} makes it.`,
        ),
      ];
    }
    if (isOwn) {
      return [
        tell(
          'recorder',
          'collides',
          `'${recorder.name}' is this bootstrap's own: to adopt it would delete it`,
          `${field} keeps it.`,
        ),
      ];
    }
    const status = ConfigurationRecordersStatus.find(({ name }) => name === recorder.name);
    const { allSupported, resourceTypes = [], exclusionByResourceTypes } = recorder.recordingGroup ?? {};
    const excluded = exclusionByResourceTypes?.resourceTypes ?? [];
    const recorded: readonly string[] = resourceTypes;
    const missing = allSupported
      ? []
      : recordedTypes(detectionOf(config, place.region)).filter((type) =>
          excluded.length > 0 ? excluded.some((name) => name === type) : !recorded.includes(type),
        );
    return [
      tell('recorder', 'note', `'${recorder.name}' is adopted: it is not changed`),
      ...(status?.recording === true
        ? []
        : [tell('recorder', 'note', `'${recorder.name}' does not record: no rule will find anything until it does`)]),
      ...(missing.length > 0
        ? [
            tell(
              'recorder',
              'note',
              `'${recorder.name}' does not record ${missing.join(', ')}: their rules see nothing`,
            ),
          ]
        : []),
      ...(channel ? [] : [tell('delivery channel', 'note', 'there is none: the recorder delivers nothing')]),
    ];
  } finally {
    client.destroy();
  }
}

async function trails(settings: ClientSettings, place: Place, config: Config): Promise<readonly Existing[]> {
  const client = new CloudTrailClient(settings);
  try {
    // Shadow trails too: what other regions and the organization's account record here.
    const { trailList = [] } = await client.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
    const here = config.environments.filter(
      ({ account, region }) => account === place.account && region === place.region,
    );
    const isOurs = ({ Name = '' }: Trail) => here.some(({ name }) => Name.startsWith(`${config.name}-${name}-`));
    const theirs = trailList.filter((trail) => !isOurs(trail));
    const wide = theirs.filter(
      ({ IsOrganizationTrail, IsMultiRegionTrail }) => IsOrganizationTrail || IsMultiRegionTrail,
    );
    const wanted = config.trail === 'create' ? here.length : 0;
    return [
      ...(config.trail === 'create' && here.length > 0
        ? wide.map(({ Name, IsOrganizationTrail }) => ({
            ...at(place),
            kind: 'trail' as const,
            level: 'note' as const,
            says: `'${Name}' records ${IsOrganizationTrail ? 'the whole organization' : 'all regions'} already: the environments' own trails are a second copy of management events, which AWS bills`,
            next: "trail: 'adopt' leaves the environments' trails out, and with them the record of who reads their objects.",
          }))
        : []),
      ...(config.trail === 'adopt' && here.length > 0
        ? [
            wide.length > 0
              ? {
                  ...at(place),
                  kind: 'trail' as const,
                  level: 'note' as const,
                  says: `${wide.map(({ Name }) => `'${Name}'`).join(', ')} adopted: not changed`,
                }
              : {
                  ...at(place),
                  kind: 'trail' as const,
                  level: 'collides' as const,
                  says: 'there is no organization or multi-region trail to adopt: nothing would be recorded',
                  next: "trail: 'create' gives every environment one.",
                },
          ]
        : []),
      ...(theirs.length + wanted > TRAILS_PER_REGION
        ? [
            {
              ...at(place),
              kind: 'trail' as const,
              level: 'collides' as const,
              says: `${theirs.length} trails are there and the environments would make ${wanted} more: a region takes ${TRAILS_PER_REGION}`,
              next: "trail: 'adopt', or ask AWS for more.",
            },
          ]
        : []),
    ];
  } finally {
    client.destroy();
  }
}

async function providers(
  settings: ClientSettings,
  place: Place,
  own: Own,
  makesProvider: boolean,
): Promise<readonly Existing[]> {
  const client = new IAMClient(settings);
  try {
    const { OpenIDConnectProviderList = [] } = await client.send(new ListOpenIDConnectProvidersCommand({}));
    const found = OpenIDConnectProviderList.find(({ Arn = '' }) => Arn.endsWith(`oidc-provider/${GITHUB_ISSUER}`));
    if (found?.Arn === undefined) return [];
    const tell = (level: Existing['level'], says: string, next?: string): readonly Existing[] => [
      { ...at(place), kind: 'OIDC provider', level, says, ...(next === undefined ? {} : { next }) },
    ];
    if (own.has(found.Arn)) {
      // The configuration no longer makes it, and so the update takes it away: whoever else signs in with it must know.
      return makesProvider ? [] : tell('note', `${found.Arn} is this bootstrap's own, and would be removed`);
    }
    return makesProvider
      ? tell(
          'collides',
          `${found.Arn} is there, and an account takes one per issuer`,
          "githubActions: { oidcProvider: 'adopt' } leaves it as it is.",
        )
      : tell('note', `${found.Arn} is there: it is not touched`);
  } finally {
    client.destroy();
  }
}
