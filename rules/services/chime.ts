import { directive } from '../directive';
import { each, isCustomerKey, present, when } from '../requirement';
import { at, imported, keyArn, keyResource, onlyIf, service, switchedOn, template } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const pipeline = 'AWS::Chime::MediaInsightsPipelineConfiguration';
const settings = 'AmazonTranscribeCallAnalyticsProcessorConfiguration.PostCallAnalyticsSettings';
const output = (key: Parameters<typeof at>[1]) => at(`Elements[].${settings}.OutputEncryptionKMSKeyId`, key);

export const voiceConnectorEncrypted = switchedOn({
  id: 'chime-voice-connector-encrypted',
  type: 'AWS::Chime::VoiceConnector',
  title: 'Chime Voice Connectors require encryption',
  path: 'RequireEncryption',
  concern: 'in-transit',
  why: 'Without it the connector takes SIP without TLS and voice without SRTP, so that who is on the way can listen to calls.',
  source: 'https://docs.aws.amazon.com/chime-sdk/latest/ag/create-voicecon.html',
});

export const mediaInsightsCustomerKey = directive({
  id: 'chime-media-insights-customer-key',
  title: 'Media insights pipelines write post-call analytics under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: pipeline,
  requires: each('Elements', when(present(settings), isCustomerKey(`${settings}.OutputEncryptionKMSKeyId`))),
  why: 'Post-call analytics are transcripts of what callers said; without the property they are written under a key your team does not hold.',
  remedy: 'Set OutputEncryptionKMSKeyId in PostCallAnalyticsSettings to a KMS key your team controls.',
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-chime-mediainsightspipelineconfiguration.html`,
  examples: {
    good: [
      { Elements: [{ Type: 'KinesisDataStreamSink' }] },
      at('Elements[].AmazonTranscribeCallAnalyticsProcessorConfiguration.LanguageCode', 'en-US'),
      template(pipeline, output(keyArn), keyResource),
    ],
    bad: [
      at(`Elements[].${settings}.OutputLocation`, 's3://calls'),
      output('alias/aws/s3'),
      template(pipeline, at(`Elements[].${settings}`, { OutputEncryptionKMSKeyId: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [output(imported)],
  },
});

export const chime = service([voiceConnectorEncrypted, mediaInsightsCustomerKey]);
