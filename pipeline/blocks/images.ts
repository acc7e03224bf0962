import { Key } from 'aws-cdk-lib/aws-kms';
import { EncryptedImages, EncryptedSnapshots } from '../../stacks/images';
import { type Block, needed } from './block';

export const images: Block = ({ stack, keyArn, made }) => {
  const machines = stack('images');
  new EncryptedImages(machines, 'Base', {
    key: Key.fromKeyArn(machines, 'Key', keyArn('storage')),
    vpc: needed(made.vpc, 'network'),
  });
  new EncryptedSnapshots(machines, 'Snapshots');
};
