import { neverPlaintext, service, switchedOn } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-opsworks';

export const appNoPlaintextSecret = neverPlaintext({
  id: 'opsworks-app-no-plaintext-secret',
  type: 'AWS::OpsWorks::App',
  title: 'OpsWorks apps take repository credentials and the TLS key from a secret',
  path: ['AppSource.Password', 'AppSource.SshKey', 'SslConfiguration.PrivateKey'],
  why: 'The password of an S3 source is an IAM secret access key, and with the private key anyone can pose as the site.',
  source: `${reference}-app.html`,
});
export const appTls = switchedOn({
  id: 'opsworks-app-tls',
  type: 'AWS::OpsWorks::App',
  title: 'OpsWorks apps are served over TLS',
  path: 'EnableSsl',
  concern: 'in-transit',
  why: 'An app without EnableSsl is served over plain HTTP by its web server, passwords and cookies included.',
  remedy:
    'Set EnableSsl to true and give SslConfiguration. Where TLS ends at a load balancer before the layer, waive this.',
  source: `${reference}-app.html`,
});
export const layerVolumesEncrypted = switchedOn({
  id: 'opsworks-layer-volumes-encrypted',
  type: 'AWS::OpsWorks::Layer',
  title: 'OpsWorks layers encrypt the volumes of their instances',
  path: 'VolumeConfigurations[].Encrypted',
  beside: { VolumeConfigurations: [{ MountPoint: '/srv', NumberOfDisks: 1, Size: 100 }] },
  alsoGood: [{}],
  why: 'OpsWorks makes a plaintext EBS volume for every mount point that does not ask for encryption, on every instance of the layer.',
  remedy: 'Set Encrypted to true; only instances made afterwards get encrypted volumes.',
  source: `${reference}-layer.html`,
});
export const stackNoPlaintextSecret = neverPlaintext({
  id: 'opsworks-stack-no-plaintext-secret',
  type: 'AWS::OpsWorks::Stack',
  title: 'OpsWorks stacks take cookbook and database credentials from a secret',
  path: ['CustomCookbooksSource.Password', 'CustomCookbooksSource.SshKey', 'RdsDbInstances[].DbPassword'],
  why: 'Whoever can change the cookbooks runs code as root on every instance, and DbPassword is that of the master user of the database.',
  source: `${reference}-stack.html`,
});

export const opsworks = service([appNoPlaintextSecret, appTls, layerVolumesEncrypted, stackNoPlaintextSecret]);
