import { neverPlaintext, service } from './shared';

export const partnerAccountNoPlaintextKey = neverPlaintext({
  id: 'iotwireless-partner-account-no-plaintext-key',
  type: 'AWS::IoTWireless::PartnerAccount',
  title: 'Sidewalk partner accounts take the private key of the application server from a secret',
  path: ['Sidewalk.AppServerPrivateKey', 'SidewalkUpdate.AppServerPrivateKey'],
  why: 'The key stands for your application server: whoever reads it in the template can decrypt and forge the messages of your Sidewalk devices.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iotwireless-partneraccount.html',
});

export const iotwireless = service([partnerAccountNoPlaintextKey]);
