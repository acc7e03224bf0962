import { EncryptedFileSystem } from '../../stacks/efs';
import { type Block, needed } from './block';

export const efs: Block = ({ stack, key, made }) => {
  const files = stack('efs');
  new EncryptedFileSystem(files, 'Shared', { key: key(files, 'storage'), vpc: needed(made.vpc, 'network') });
};
