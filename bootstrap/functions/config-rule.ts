import { setting } from './environment';
import { createConfigRule } from './rule';
import { awsServices } from './rule-services';
import { selected } from './selection';

/** What Lambda calls: the rule of the function's own account. */
export const handler = createConfigRule({
  ...selected(),
  services: awsServices(setting('AWS_LAMBDA_FUNCTION_NAME')),
});
