import { neverPlaintext, service } from './shared';

export const portalNoPlaintextSecret = neverPlaintext({
  id: 'invoicing-procurement-portal-no-plaintext-secret',
  type: 'AWS::Invoicing::ProcurementPortalPreference',
  title: 'Procurement portal preferences take the shared secret from a secret',
  path: ['ProcurementPortalSharedSecret', 'TestEnvPreference.ProcurementPortalSharedSecret'],
  why: 'The shared secret is all that tells the procurement portal an invoice comes from AWS: with it anyone can file one.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-invoicing-procurementportalpreference.html',
});

export const invoicing = service([portalNoPlaintextSecret]);
