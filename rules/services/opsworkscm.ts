import { directive, type Json, type Properties } from '../directive';
import { all, each, isNotPlaintext, oneOf, when } from '../requirement';
import { neverPlaintext, service } from './shared';

const attribute = (name: string, value: Json): Properties => ({ EngineAttributes: [{ Name: name, Value: value }] });
const secret = neverPlaintext({
  id: 'opsworkscm-server-no-plaintext-secret',
  type: 'AWS::OpsWorksCM::Server',
  title: 'Chef and Puppet servers take the TLS key and administrator passwords from a secret',
  path: 'CustomPrivateKey',
  alsoGood: [
    attribute('CHEF_AUTOMATE_PIVOTAL_KEY', 'a public key'),
    attribute('PUPPET_ADMIN_PASSWORD', '{{resolve:secretsmanager:puppet:SecretString:password}}'),
  ],
  alsoBad: [
    attribute('CHEF_AUTOMATE_ADMIN_PASSWORD', 'correct-horse'),
    attribute('PUPPET_ADMIN_PASSWORD', 'correct-horse'),
    attribute('PUPPET_R10K_PRIVATE_KEY', 'correct-horse'),
  ],
  why: 'The administrator of a configuration server runs code on every node; the unencrypted private key lets anyone pose as it.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-opsworkscm-server.html',
});
export const serverNoPlaintextSecret = directive({
  ...secret,
  requires: all(
    secret.requires,
    each(
      'EngineAttributes',
      when(
        oneOf('Name', 'CHEF_AUTOMATE_ADMIN_PASSWORD', 'PUPPET_ADMIN_PASSWORD', 'PUPPET_R10K_PRIVATE_KEY'),
        isNotPlaintext('Value'),
      ),
    ),
  ),
});

export const opsworkscm = service([serverNoPlaintextSecret]);
