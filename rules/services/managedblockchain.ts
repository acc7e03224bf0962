import { neverPlaintext, service } from './shared';

export const memberNoPlaintext = neverPlaintext({
  id: 'managedblockchain-member-no-plaintext-password',
  type: 'AWS::ManagedBlockchain::Member',
  title: 'Managed Blockchain members have no password in plain text',
  path: 'MemberConfiguration.MemberFrameworkConfiguration.MemberFabricConfiguration.AdminPassword',
  why: 'The first user of a Fabric member enrols all others with its certificate authority: with the password one makes identities that sign in the member’s name.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-managedblockchain-member.html',
});

export const managedblockchain = service([memberNoPlaintext]);
