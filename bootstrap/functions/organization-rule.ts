import { setting } from './environment';
import { createOrganizationRule, entering } from './members';
import { awsServices } from './rule-services';
import { selected } from './selection';

const functionName = setting('AWS_LAMBDA_FUNCTION_NAME');

/** What Lambda calls: the rule of every member account of an organization. */
export const handler = createOrganizationRule({
  ...selected(),
  enter: entering(setting('MEMBER_ROLE'), functionName),
  servicesOf: (credentials) => awsServices(functionName, credentials),
});
