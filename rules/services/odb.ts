import { service, switchedOn } from './shared';

export const autonomousMutualTls = switchedOn({
  id: 'odb-cloud-autonomous-vm-cluster-mutual-tls',
  type: 'AWS::ODB::CloudAutonomousVmCluster',
  title: 'Autonomous VM clusters of Oracle Database@AWS demand mutual TLS',
  concern: 'in-transit',
  severity: 'warning',
  path: 'IsMtlsEnabledVmCluster',
  why: 'Without mutual TLS a database is reached by whoever knows a password, from a client that has shown no certificate.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-odb-cloudautonomousvmcluster.html',
});

export const odb = service([autonomousMutualTls]);
