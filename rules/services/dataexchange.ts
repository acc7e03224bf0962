import { directive, type Json } from '../directive';
import { absent, all, isCustomerKey, oneOf } from '../requirement';
import { at, either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const eventAction = 'AWS::DataExchange::EventAction';
const exported = 'Action.ExportRevisionToS3';
const encryption = `${exported}.Encryption`;
const to = (type: Json, key?: Json) => at(encryption, { Type: type, ...(key === undefined ? {} : { KmsKeyArn: key }) });

export const eventActionCustomerKey = directive({
  id: 'dataexchange-event-action-customer-key',
  title: 'Data Exchange exports revisions to S3 under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: eventAction,
  unless: [absent(exported)],
  requires: all(oneOf(`${encryption}.Type`, 'aws:kms'), isCustomerKey(`${encryption}.KmsKeyArn`)),
  why: 'Licensed data lands in the bucket by itself at each revision. With AES256, or no Encryption, everyone who may read the bucket reads it: no key policy stands in between.',
  remedy: 'Set Encryption.Type to aws:kms and Encryption.KmsKeyArn to a key your team controls.',
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dataexchange-eventaction.html',
  examples: {
    good: [{}, template(eventAction, to('aws:kms', keyArn), keyResource)],
    bad: [
      at(exported, { RevisionDestination: { Bucket: 'b' } }),
      to('AES256'),
      to('aws:kms'),
      to('aws:kms', 'alias/aws/s3'),
      template(eventAction, to('aws:kms', onlyIf(keyArn)), keyResource),
      template(eventAction, to(either('aws:kms', 'AES256'), keyArn), keyResource),
    ],
    unknown: [to('aws:kms', imported), template(eventAction, to(imported, keyArn), keyResource)],
  },
});

export const dataexchange = service([eventActionCustomerKey]);
