import fork from '../cipherline.config';
import { CORE_BLOCKS } from '../pipeline/blocks/names';

/** The configuration as it comes with the core blocks alone: what is not about a block is as true of few, and sooner told. */
export default { ...fork, blocks: CORE_BLOCKS };
