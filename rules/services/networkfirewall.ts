import { directive, type Properties } from '../directive';
import { each, given, oneOf, when } from '../requirement';
import { either, imported, onlyIf, service } from './shared';

const certificates = 'TLSInspectionConfiguration.ServerCertificateConfigurations';
const outbound = (more: Properties): Properties => ({
  TLSInspectionConfiguration: {
    ServerCertificateConfigurations: [
      { CertificateAuthorityArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/x', ...more },
    ],
  },
});
const checking = (action: Properties[string]): Properties => ({
  CheckCertificateRevocationStatus: { RevokedStatusAction: action, UnknownStatusAction: 'PASS' },
});

export const inspectionRefusesRevoked = directive({
  id: 'networkfirewall-tls-inspection-refuses-revoked',
  title: 'TLS inspection of outbound traffic refuses revoked certificates',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: 'AWS::NetworkFirewall::TLSInspectionConfiguration',
  requires: each(
    certificates,
    when(
      given('CertificateAuthorityArn'),
      oneOf('CheckCertificateRevocationStatus.RevokedStatusAction', 'DROP', 'REJECT'),
    ),
  ),
  why: 'Behind an inspecting firewall clients see its certificate, not that of the server: if the firewall does not ask whether that one was revoked, nobody does.',
  remedy: 'Give CheckCertificateRevocationStatus with RevokedStatusAction DROP or REJECT.',
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CheckCertificateRevocationStatusActions.html',
  examples: {
    good: [
      outbound(checking('DROP')),
      outbound(checking('REJECT')),
      {
        TLSInspectionConfiguration: {
          ServerCertificateConfigurations: [{ ServerCertificates: [{ ResourceArn: 'arn:aws:acm:x' }] }],
        },
      },
    ],
    bad: [
      outbound({}),
      outbound(checking('PASS')),
      outbound(checking(either('DROP', 'PASS'))),
      outbound(checking(onlyIf('DROP'))),
    ],
    unknown: [outbound(checking(imported))],
  },
});

export const networkfirewall = service([inspectionRefusesRevoked], {
  'AWS::NetworkFirewall::FirewallPolicy': {
    'FirewallPolicy.TLSInspectionConfigurationArn':
      'Whether a firewall opens TLS to look inside is a choice of threat model: the traffic is encrypted on both sides with it and without.',
    'FirewallPolicy.EnableTLSSessionHolding':
      'It holds packets back until the server name has been judged, which filters traffic and encrypts none.',
  },
  'AWS::NetworkFirewall::TLSInspectionConfiguration': {
    TLSInspectionConfigurationName: 'A name, which decides nothing.',
  },
});
