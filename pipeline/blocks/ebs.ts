import { EncryptedVolume } from '../../stacks/ebs';
import type { Block } from './block';

export const ebs: Block = ({ stack, key }) => {
  const volumes = stack('ebs');
  new EncryptedVolume(volumes, 'Data', { key: key(volumes, 'storage') });
};
