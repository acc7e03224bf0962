import { notSwitchedOn, oneOfThese, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const ingest = 'AWS::IVS::IngestConfiguration';

export const channelIngest = notSwitchedOn({
  id: 'ivs-channel-secure-ingest',
  type: 'AWS::IVS::Channel',
  title: 'IVS channels take no insecure ingest',
  concern: 'in-transit',
  path: 'InsecureIngest',
  why: 'Over plain RTMP the stream key travels in the clear: who picks it up can broadcast on your channel.',
  source: `${guide}/aws-resource-ivs-channel.html`,
});
export const ingestConfiguration = notSwitchedOn({
  id: 'ivs-ingest-configuration-secure-ingest',
  type: ingest,
  title: 'IVS ingest configurations take no insecure ingest',
  concern: 'in-transit',
  path: 'InsecureIngest',
  why: 'With it a broadcaster may send the stream key and the picture of a stage over plain RTMP.',
  source: `${guide}/aws-resource-ivs-ingestconfiguration.html`,
});
export const ingestProtocol = oneOfThese({
  id: 'ivs-ingest-configuration-protocol',
  type: ingest,
  title: 'IVS ingest configurations speak RTMPS',
  concern: 'in-transit',
  path: 'IngestProtocol',
  allowed: ['RTMPS'],
  wrong: ['RTMP'],
  absentIsRight: true,
  why: 'RTMP sends the stream key and the picture unencrypted; the service takes it only where insecure ingest is allowed as well.',
  source: `${guide}/aws-resource-ivs-ingestconfiguration.html`,
});

export const ivs = service([channelIngest, ingestConfiguration, ingestProtocol]);
