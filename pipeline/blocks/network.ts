import { IsolatedNetwork } from '../../stacks/network';
import type { Block } from './block';

export const network: Block = ({ stack, made }) => {
  made.vpc = new IsolatedNetwork(stack('network'), 'Network').vpc;
};
