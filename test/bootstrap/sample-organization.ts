import { type App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** An organization as a fork would name its own. */
export const SAMPLE_ORGANIZATION = {
  id: 'o-a1b2c3d4e5',
  managementAccount: '999900001111',
  delegatedAdministrator: '444455556666',
  rootOrOuIds: ['ou-ab12-11111111', 'ou-ab12-22222222'],
  canaryOuIds: ['ou-ab12-33333333'],
  regions: ['us-east-1', 'eu-central-1'],
  breakGlass: ['BreakGlass', 'Bootstrap'],
};

/** The template of the one stack of an app. */
export function onlyTemplate(app: App): Template {
  const [stack] = app.node.children.filter(Stack.isStack);
  if (!stack) throw new Error('the app has no stack');
  return Template.fromStack(stack);
}
