import { Annotations, CustomResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as shield from 'aws-cdk-lib/aws-shield';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import { type CryptoPolicy, cryptoPolicy } from './crypto-policy';
import { encryptedLogGroup } from './network';
import { EncryptedBucket } from './s3';

/** What a team says about a certificate; the rest is decided here. */
export interface PublicCertificateProps {
  readonly domainName: string;
  /** The public hosted zone in Route 53 that answers for the domain: ACM asks there whether it is yours, each time anew. */
  readonly hostedZoneId: string;
  /** How many days before its end the alarm rings. ACM renews by itself long before: then something keeps it from it. Default 30. */
  readonly alarmDays?: number;
  /** ARN of the topic that hears of the alarm. Without one the alarm is to be seen in CloudWatch alone. */
  readonly alarmTopicArn?: string;
  /** Default: of the date in the crypto policy. */
  readonly policy?: CryptoPolicy;
}

/** A public certificate whose key cannot leave AWS, in the public transparency logs, with an alarm before it ends. */
export class PublicCertificate extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: PublicCertificateProps) {
    super(scope, id);
    const { certificateKey } = props.policy ?? cryptoPolicy();
    const certificate = new acm.CfnCertificate(this, 'Certificate', {
      domainName: props.domainName,
      validationMethod: 'DNS',
      domainValidationOptions: [{ domainName: props.domainName, hostedZoneId: props.hostedZoneId }],
      keyAlgorithm: certificateKey,
      // An exportable one is a private key in somebody's hands: https://docs.aws.amazon.com/acm/latest/userguide/acm-exportable-certificates.html
      certificateExport: 'DISABLED',
      // Browsers refuse a certificate that is not logged: https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html#concept-transparency
      certificateTransparencyLoggingPreference: 'ENABLED',
    });
    this.arn = certificate.ref;
    // https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
    new cloudwatch.CfnAlarm(this, 'Expiry', {
      alarmDescription: `The certificate of ${props.domainName} ends soon and was not renewed: look at its validation record`,
      namespace: 'AWS/CertificateManager',
      metricName: 'DaysToExpiry',
      dimensions: [{ name: 'CertificateArn', value: this.arn }],
      statistic: 'Minimum',
      period: Duration.days(1).toSeconds(),
      evaluationPeriods: 1,
      comparisonOperator: 'LessThanThreshold',
      threshold: props.alarmDays ?? 30,
      // The metric stops with the certificate: the alarm must not.
      treatMissingData: 'ignore',
      ...(props.alarmTopicArn ? { alarmActions: [props.alarmTopicArn] } : {}),
    });
  }
}

/** Who hears of alarms, and under which key. */
export interface AlarmTopicProps {
  /** The customer managed key of the topic. Its policy must let `cloudwatch.amazonaws.com` use it. */
  readonly key: kms.IKey;
  readonly email: readonly string[];
}

/** An encrypted topic that the alarms of the account ring at, over TLS only. */
export class AlarmTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { key, email }: AlarmTopicProps) {
    super(scope, id);
    const topic = new sns.CfnTopic(this, 'Topic', {
      kmsMasterKeyId: key.keyArn,
      subscription: email.map((endpoint) => ({ endpoint, protocol: 'email' })),
    });
    this.arn = topic.ref;
    new sns.CfnTopicPolicy(this, 'Policy', {
      topics: [topic.ref],
      policyDocument: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            sid: 'TlsOnly',
            effect: iam.Effect.DENY,
            principals: [new iam.AnyPrincipal()],
            actions: ['sns:Publish'],
            resources: [topic.ref],
            conditions: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
          new iam.PolicyStatement({
            sid: 'Alarms',
            principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
            actions: ['sns:Publish'],
            resources: [topic.ref],
            conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
          }),
        ],
      }),
    });
  }
}

/** What a team says about its web site; the rest is decided here. */
export interface EncryptedSiteProps {
  readonly domainName: string;
  readonly hostedZoneId: string;
  /** ARN of a certificate for the domain in us-east-1: CloudFront takes no other. */
  readonly certificateArn: string;
  /** The customer managed key of the pages. Its policy must let `cloudfront.amazonaws.com` decrypt for the distributions of the account. */
  readonly key: kms.IKey;
  /** The same key's ARN, for the role of the function that puts the page there: IAM knows no aliases. */
  readonly keyArn: string;
  /** ARN of the customer managed key of the log of the function that puts the page there; CloudWatch Logs takes no alias. */
  readonly logKeyArn: string;
  /** The role of the function that puts the page there. Default: one of the site's own. */
  readonly pageRole?: iam.IRole;
  /** The page at `/`, as HTML. */
  readonly page: string;
  /** ARN of a web ACL of AWS WAF, of the scope CLOUDFRONT and so of us-east-1. */
  readonly webAclArn?: string;
  /** Default: of the date in the crypto policy. */
  readonly policy?: CryptoPolicy;
}

/** HSTS for two years, for the domains below too, as https://hstspreload.org asks; nobody is entered there by this. */
const HSTS = Duration.days(730);

/**
 * A site behind CloudFront: the newest TLS policy towards the viewer, HTTP only to be sent to HTTPS, HSTS and a content
 * security policy on every answer, and a private bucket under a customer managed key that only this distribution reads.
 */
export class EncryptedSite extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, props: EncryptedSiteProps) {
    super(scope, id);
    const { cdn } = props.policy ?? cryptoPolicy();
    const { bucket } = new EncryptedBucket(this, 'Pages', { key: props.key });
    if (!isBucket(bucket)) throw new TypeError('s3.Bucket is no s3.IBucket');
    const headers = new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: HSTS,
          includeSubdomains: true,
          preload: true,
          override: true,
        },
        contentSecurityPolicy: {
          contentSecurityPolicy: "default-src 'self'; frame-ancestors 'none'; upgrade-insecure-requests",
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
    });
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      domainNames: [props.domainName],
      certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', props.certificateArn),
      sslSupportMethod: cloudfront.SSLMethod.SNI,
      minimumProtocolVersion: protocol(cdn),
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: origins.S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: headers,
        compress: true,
      },
      ...(props.webAclArn ? { webAclId: props.webAclArn } : {}),
    });
    // Said in the docstring of the property: the policy of a key that another stack made is not this stack's to change.
    Annotations.of(this).acknowledgeWarning('@aws-cdk/aws-cloudfront-origins:updateImportedKeyPolicyOac');
    Annotations.of(Stack.of(this)).acknowledgeWarning('@aws-cdk/aws-cloudfront-origins:wildcardKeyPolicyForOac');
    Validations.of(this.distribution).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-CFR1',
        reason: 'Who may see a public page from where is for its owner to say: `geoRestriction` of the distribution.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR2',
        reason: 'A static page takes no input. Give `webAclArn` where something behind it does.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR3',
        reason:
          'Access logs of the older kind need a bucket with access control lists. The trail records every read of a page from the bucket.',
      },
    );
    new Page(this, 'Page', {
      bucket,
      html: props.page,
      keyArn: props.keyArn,
      logKeyArn: props.logKeyArn,
      ...(props.pageRole ? { role: props.pageRole } : {}),
    });
    for (const [record, type] of [
      ['Address', 'A'],
      ['Address6', 'AAAA'],
    ] as const)
      new route53.CfnRecordSet(this, record, {
        hostedZoneId: props.hostedZoneId,
        name: `${props.domainName}.`,
        type,
        // Of every distribution: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-route53-recordset-aliastarget.html
        aliasTarget: { dnsName: this.distribution.distributionDomainName, hostedZoneId: 'Z2FDTNDATAQYW2' },
      });
  }
}

interface PageProps {
  readonly bucket: s3.IBucket;
  readonly keyArn: string;
  readonly html: string;
  readonly logKeyArn: string;
  readonly role?: iam.IRole;
}

/** Puts one page into a bucket at deployment: no CloudFormation type makes an object. */
class Page extends Construct {
  constructor(scope: Construct, id: string, props: PageProps) {
    super(scope, id);
    const { bucket, html } = props;
    const log = encryptedLogGroup(this, 'Log', props.logKeyArn);
    const role = props.role ?? writerRole(this, props, log);
    const writer = new lambda.CfnFunction(this, 'Writer', {
      description: 'Puts the page of the site into its bucket',
      runtime: lambda.Runtime.NODEJS_24_X.name,
      architectures: ['arm64'],
      handler: 'index.handler',
      code: { zipFile: WRITER },
      role: role.roleArn,
      timeout: 60,
      memorySize: 256,
      loggingConfig: { logGroup: log.logGroupName },
    });
    new CustomResource(this, 'Index', {
      serviceToken: writer.attrArn,
      resourceType: 'Custom::Page',
      // A function that dies before it can answer would else be waited for an hour.
      serviceTimeout: Duration.minutes(5),
      properties: { Bucket: bucket.bucketName, Html: html },
    });
  }
}

/** The role of the function, for who copies the site without the bootstrap that makes one. */
function writerRole(scope: Construct, { bucket, keyArn }: PageProps, log: logs.ILogGroup): iam.Role {
  return new iam.Role(scope, 'Role', {
    description: 'Puts the page of the site into its bucket',
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      page: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('index.html')] }),
          new iam.PolicyStatement({
            actions: ['kms:GenerateDataKey'],
            resources: [keyArn],
            conditions: { StringEquals: { 'kms:ViaService': `s3.${Stack.of(scope).region}.amazonaws.com` } },
          }),
          new iam.PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [log.logGroupArn],
          }),
        ],
      }),
    },
  });
}

/**
 * The function. It answers CloudFormation whatever happens, for a stack that hears nothing waits. The page stays in its
 * bucket, as the bucket stays, when the stack goes.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export const WRITER = `exports.handler = async (event, context) => {
  const answer = {
    Status: 'SUCCESS',
    PhysicalResourceId: event.ResourceProperties.Bucket + '/index.html',
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  try {
    if (event.RequestType !== 'Delete') {
      // Loaded here, so that a failure to load is answered too.
      const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
      // An endpoint of its own is an emulator, whose buckets have no host names.
      const s3 = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
      await s3.send(new PutObjectCommand({
        Bucket: event.ResourceProperties.Bucket,
        Key: 'index.html',
        Body: event.ResourceProperties.Html,
        ContentType: 'text/html; charset=utf-8',
        CacheControl: 'max-age=60',
      }));
    }
  } catch (error) {
    answer.Status = 'FAILED';
    answer.Reason = String(error) + ', log stream ' + context.logStreamName;
  }
  const response = await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(answer), headers: { 'content-type': '' } });
  if (!response.ok) throw new Error('CloudFormation took no answer: ' + response.status);
};
`;

/** What a team says about its load balancer; the rest is decided here. */
export interface EncryptedLoadBalancerProps {
  readonly vpc: ec2.IVpc;
  readonly domainName: string;
  readonly hostedZoneId: string;
  /** ARN of a certificate for the domain, of the load balancer's own Region. */
  readonly certificateArn: string;
  /** The addresses that may connect, as a CIDR block. Default: those of the VPC. */
  readonly clients?: string;
  /** Whether it is on the internet. It then needs public subnets. Default no: it is for the network inside. */
  readonly internetFacing?: boolean;
  /**
   * Clients show a certificate of one of the authorities in this bundle of PEM files, or are not let in. The load balancer
   * reads the bundle once, when the trust store is made.
   * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html
   */
  readonly clientAuthorities?: { readonly bucketName: string; readonly key: string };
  /** Default: of the date in the crypto policy. */
  readonly policy?: CryptoPolicy;
}

/**
 * An Application Load Balancer with TLS 1.3 and a post-quantum key exchange. HTTP is answered with the way to HTTPS, and
 * HTTPS with 404 until a team adds its targets, over HTTPS, to `secure`.
 */
export class EncryptedLoadBalancer extends Construct {
  readonly balancer: elb.ApplicationLoadBalancer;
  /** The HTTPS listener. */
  readonly secure: elb.ApplicationListener;

  constructor(scope: Construct, id: string, props: EncryptedLoadBalancerProps) {
    super(scope, id);
    const { loadBalancer } = props.policy ?? cryptoPolicy();
    this.balancer = new elb.ApplicationLoadBalancer(this, 'Balancer', {
      vpc: props.vpc,
      internetFacing: props.internetFacing ?? false,
      vpcSubnets: {
        subnetType: props.internetFacing ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_ISOLATED,
      },
      dropInvalidHeaderFields: true,
      desyncMitigationMode: elb.DesyncMitigationMode.STRICTEST,
      deletionProtection: true,
    });
    Validations.of(this.balancer).acknowledge({
      id: 'AwsSolutions::AwsSolutions-ELB2',
      // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
      reason:
        'It delivers access logs only to a bucket under keys of S3, which the directives refuse here. The flow logs tell who connected.',
    });
    const clients = ec2.Peer.ipv4(props.clients ?? props.vpc.vpcCidrBlock);
    for (const port of [80, 443]) this.balancer.connections.allowFrom(clients, ec2.Port.tcp(port));
    Validations.of(this.balancer).acknowledge({
      id: 'AwsSolutions::AwsSolutions-EC23',
      reason: 'Whom it lets in is the range of the network, which CloudFormation fills in.',
    });

    this.balancer.addListener('Plain', {
      port: 80,
      open: false,
      defaultAction: elb.ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    });
    this.secure = this.balancer.addListener('Secure', {
      port: 443,
      open: false,
      certificates: [elb.ListenerCertificate.fromArn(props.certificateArn)],
      defaultAction: elb.ListenerAction.fixedResponse(404, { contentType: 'text/plain', messageBody: 'Not here' }),
      ...(props.clientAuthorities ? { mutualAuthentication: mutual(this, props.clientAuthorities) } : {}),
    });
    const listener = this.secure.node.defaultChild;
    if (!(listener instanceof elb.CfnListener)) throw new TypeError('a listener is no CfnListener');
    // CDK's enum does not name every policy.
    listener.sslPolicy = loadBalancer;
    new route53.CfnRecordSet(this, 'Address', {
      hostedZoneId: props.hostedZoneId,
      name: `${props.domainName}.`,
      type: 'A',
      aliasTarget: {
        dnsName: this.balancer.loadBalancerDnsName,
        hostedZoneId: this.balancer.loadBalancerCanonicalHostedZoneId,
      },
    });
  }
}

function mutual(
  scope: Construct,
  { bucketName, key }: NonNullable<EncryptedLoadBalancerProps['clientAuthorities']>,
): elb.MutualAuthentication {
  const trustStore = new elb.CfnTrustStore(scope, 'ClientAuthorities', {
    caCertificatesBundleS3Bucket: bucketName,
    caCertificatesBundleS3Key: key,
  });
  return {
    mutualAuthenticationMode: elb.MutualAuthenticationMode.VERIFY,
    trustStore,
    ignoreClientCertificateExpiry: false,
    advertiseTrustStoreCaNames: false,
  };
}

const STAGE = 'live';

/** What a team says about its API; the rest is decided here. */
export interface EncryptedApiProps {
  readonly domainName: string;
  readonly hostedZoneId: string;
  /** ARN of a certificate for the domain, of the API's own Region. */
  readonly certificateArn: string;
  /** ARN of the customer managed key of its logs; CloudWatch Logs takes no alias. */
  readonly logKeyArn: string;
  /**
   * ARN of the role by which API Gateway writes logs, one for all APIs of the account and Region. Default: one that this
   * API makes, and leaves behind. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   */
  readonly logRoleArn?: string;
  /** Default: of the date in the crypto policy. */
  readonly policy?: CryptoPolicy;
}

/**
 * A REST API at a name of its own, with a TLS policy on the name and on the API itself. Callers sign their requests (IAM)
 * unless a method says otherwise; a team adds its resources to `api.root`.
 */
export class EncryptedApi extends Construct {
  readonly api: apigateway.RestApi;

  constructor(scope: Construct, id: string, props: EncryptedApiProps) {
    super(scope, id);
    const securityPolicy = (props.policy ?? cryptoPolicy()).api;
    const log = encryptedLogGroup(this, 'Log', props.logKeyArn);
    this.api = new apigateway.RestApi(this, 'Api', {
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      // Reached by its own name alone.
      disableExecuteApiEndpoint: true,
      cloudWatchRole: props.logRoleArn === undefined,
      ...(props.logRoleArn === undefined ? { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN } : {}),
      defaultMethodOptions: { authorizationType: apigateway.AuthorizationType.IAM },
      deployOptions: {
        stageName: STAGE,
        accessLogDestination: new apigateway.LogGroupLogDestination(log),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields(),
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
      },
    });
    const restApi = this.api.node.defaultChild;
    if (!(restApi instanceof apigateway.CfnRestApi)) throw new TypeError('a RestApi is no CfnRestApi');
    restApi.securityPolicy = securityPolicy;
    // Policies of the newer kind ask for it; strict: the name in the TLS handshake must be the name in the request.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
    restApi.endpointAccessMode = 'STRICT';

    const { deploymentStage } = this.api;
    // API Gateway makes this group by itself where it is not there, under no key.
    deploymentStage.node.addDependency(
      encryptedLogGroup(this, 'Errors', props.logKeyArn, {
        logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/${STAGE}`,
      }),
    );
    if (props.logRoleArn !== undefined) {
      const account = new apigateway.CfnAccount(this, 'Account', { cloudWatchRoleArn: props.logRoleArn });
      // Other APIs of the account stand on it too.
      account.applyRemovalPolicy(RemovalPolicy.RETAIN);
      deploymentStage.node.addDependency(account);
    }

    // Answers by itself, so that a deployment can be tried before anything is behind it.
    this.api.root.addResource('status').addMethod(
      'GET',
      new apigateway.MockIntegration({
        requestTemplates: { 'application/json': '{"statusCode": 200}' },
        integrationResponses: [{ statusCode: '200', responseTemplates: { 'application/json': '{"status": "up"}' } }],
      }),
      {
        requestValidator: this.api.addRequestValidator('Validated', {
          validateRequestBody: true,
          validateRequestParameters: true,
        }),
        methodResponses: [{ statusCode: '200' }],
      },
    );

    const domain = new apigateway.CfnDomainName(this, 'Domain', {
      domainName: props.domainName,
      regionalCertificateArn: props.certificateArn,
      endpointConfiguration: { types: ['REGIONAL'] },
      securityPolicy,
      endpointAccessMode: 'STRICT',
    });
    new apigateway.CfnBasePathMapping(this, 'Mapping', {
      domainName: domain.ref,
      restApiId: this.api.restApiId,
      stage: deploymentStage.stageName,
    });
    new route53.CfnRecordSet(this, 'Address', {
      hostedZoneId: props.hostedZoneId,
      name: `${props.domainName}.`,
      type: 'A',
      aliasTarget: { dnsName: domain.attrRegionalDomainName, hostedZoneId: domain.attrRegionalHostedZoneId },
    });
    Validations.of(this.api).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-APIG3',
        reason: 'Every caller is known to IAM. Add a web ACL where a method lets others in.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-COG4',
        reason: 'Callers sign with IAM, which needs no user pool.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        reason: 'The role of the account for logs of API Gateway is what AWS names for it; it reads nothing.',
      },
    );
  }
}

/** What AWS Shield Advanced watches over. */
export interface ShieldedProps {
  /** ARNs of distributions, load balancers, hosted zones; name → ARN. */
  readonly resources: Readonly<Record<string, string>>;
}

/**
 * Protections of AWS Shield Advanced, against floods of traffic. The account must be subscribed, which costs 3,000 USD a
 * month for a year: https://aws.amazon.com/shield/pricing/
 */
export class Shielded extends Construct {
  constructor(scope: Construct, id: string, { resources }: ShieldedProps) {
    super(scope, id);
    for (const [name, resourceArn] of Object.entries(resources))
      new shield.CfnProtection(this, name, { name: `${Stack.of(this).stackName}-${name}`, resourceArn });
  }
}

/** The policy's enum of CDK: a name it does not have yet would be silently nothing. */
function protocol(name: string): cloudfront.SecurityPolicyProtocol {
  const found = Object.values(cloudfront.SecurityPolicyProtocol).find((one) => one === name);
  if (found === undefined) throw new RangeError(`this aws-cdk-lib does not know CloudFront's policy ${name}`);
  return found;
}

/** CDK declares the same optional properties as `T | undefined` in Bucket and as exactly `T` in IBucket: TypeScript needs telling. */
function isBucket(construct: IConstruct): construct is s3.IBucket {
  return construct instanceof s3.Bucket;
}
