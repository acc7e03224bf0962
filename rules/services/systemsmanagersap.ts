import { service } from './shared';

export const systemsmanagersap = service([], {
  'AWS::SystemsManagerSAP::Application': {
    Credentials: 'Each entry names a secret in Secrets Manager; the credentials themselves never stand here.',
  },
});
