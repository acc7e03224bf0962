import { EncryptedRepository } from '../../stacks/ecr';
import type { Block } from './block';

export const ecr: Block = ({ stack, key }) => {
  const containers = stack('ecr');
  new EncryptedRepository(containers, 'Service', { key: key(containers, 'storage') });
};
