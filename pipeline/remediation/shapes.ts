import type { Json, Properties } from '../../rules/directive';
import { properties } from '../../rules/live/aws';
import type { LiveResource } from '../../rules/live/snapshot';
import { type Change, valueAt } from '../../rules/remediation/mend';
import type { Shape } from '../../rules/remediation/remediation';
import { isObject } from '../../rules/template/parse';

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const map = (value: Json | undefined): Properties => (isObject(value) ? value : {});
const truth = (value: Json | undefined): boolean => value === true || String(value).toLowerCase() === 'true';

/** What CloudFormation's properties are called by the service's own API. */
export function shaped(shape: Shape, { properties: wanted = {} }: LiveResource, changes: readonly Change[]): Json {
  switch (shape) {
    case 's3-encryption': {
      const rules = list(valueAt(wanted, ['BucketEncryption', 'ServerSideEncryptionConfiguration'])).map(map);
      return {
        Rules: rules.map((rule) =>
          properties({
            ApplyServerSideEncryptionByDefault: rule.ServerSideEncryptionByDefault,
            BucketKeyEnabled: rule.BucketKeyEnabled === undefined ? undefined : truth(rule.BucketKeyEnabled),
            BlockedEncryptionTypes: rule.BlockedEncryptionTypes,
          }),
        ),
      };
    }
    case 'dynamodb-encryption':
      return encryption(map(wanted.SSESpecification).KMSMasterKeyId);
    case 'dynamodb-global-encryption': {
      // The reader puts the replica of this Region first.
      const [here] = list(wanted.Replicas).map(map);
      return encryption(map(here?.SSESpecification).KMSMasterKeyId);
    }
    case 'launch-template': {
      const mappings = list(valueAt(wanted, ['LaunchTemplateData', 'BlockDeviceMappings'])).map(map);
      return {
        BlockDeviceMappings: mappings.flatMap(({ DeviceName, Ebs }) =>
          isObject(Ebs)
            ? [
                properties({
                  DeviceName,
                  Ebs: properties({
                    Encrypted: Ebs.Encrypted === undefined ? undefined : truth(Ebs.Encrypted),
                    KmsKeyId: Ebs.KmsKeyId,
                  }),
                }),
              ]
            : [],
        ),
      };
    }
    case 'rotation-rules': {
      const { AutomaticallyAfterDays: days, ScheduleExpression, Duration } = map(wanted.RotationRules);
      // One of the two: the days, where they are what mends it.
      return days === undefined
        ? properties({ ScheduleExpression, Duration })
        : properties({ AutomaticallyAfterDays: Number(days), Duration });
    }
    case 'parameters': {
      // SQL Server takes it at the next start only. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/SQLServer.Concepts.General.SSL.Using.html
      const ApplyMethod = String(wanted.Family).startsWith('sqlserver') ? 'pending-reboot' : 'immediate';
      return changes.flatMap(({ path: [section, name], value }) =>
        section === 'Parameters' && typeof name === 'string'
          ? [{ ParameterName: name, ParameterValue: String(value), ApplyMethod }]
          : [],
      );
    }
    case 'codebuild-project': {
      const touched = new Set(changes.map(({ path: [property] }) => String(property)));
      return properties({
        encryptionKey: touched.has('EncryptionKey') ? wanted.EncryptionKey : undefined,
        artifacts: touched.has('Artifacts') ? true : undefined,
        secondaryArtifacts: touched.has('SecondaryArtifacts') ? true : undefined,
        logs: touched.has('LogsConfig') ? true : undefined,
        source: touched.has('Source') ? true : undefined,
        secondarySources: touched.has('SecondarySources') ? true : undefined,
      });
    }
  }
}

const encryption = (key: Json | undefined): Json => properties({ Enabled: true, SSEType: 'KMS', KMSMasterKeyId: key });
