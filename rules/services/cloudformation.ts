import { authenticationKey, type Directive } from '../directive';
import { neverPlaintext, service } from './shared';

/** cfn-init on an instance signs in with what the metadata of its resource says. */
const authentication = (type: string, id: string, what: string): Directive =>
  neverPlaintext({
    id: `${id}-no-plaintext-authentication`,
    type,
    title: `The metadata of ${what} holds no plaintext password or secret key`,
    path: [`${authenticationKey}{}.password`, `${authenticationKey}{}.secretKey`],
    why: 'Metadata is readable for everybody who may describe the stack, and for every process on the instance.',
    remedy: 'Let the instance sign in by its role: an authentication of type S3 with roleName. Then change the secret.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-authentication.html',
  });

export const cloudformation = service([
  authentication('AWS::EC2::Instance', 'ec2-instance', 'EC2 instances'),
  authentication('AWS::EC2::LaunchTemplate', 'ec2-launch-template', 'launch templates'),
  authentication('AWS::AutoScaling::AutoScalingGroup', 'autoscaling-group', 'Auto Scaling groups'),
  authentication('AWS::AutoScaling::LaunchConfiguration', 'autoscaling-launch-configuration', 'launch configurations'),
]);
