import type { Config } from './config';

/** The data class of the pipeline's own key: artifacts, assets, notifications, build logs, Config's delivery. */
export const PIPELINE_KEY = 'pipeline';

/**
 * The names by which the bootstrap stacks and the environments' stacks find each other. Roles, keys and buckets are
 * named by rule, not by export, so that neither side has to be read before the other is synthesized.
 *
 * @param name the configuration's `name`.
 */
export function names(name: string) {
  return {
    alias: (environment: string, dataClass: string): string => `alias/${name}/${environment}/${dataClass}`,
    /** Export of a key's ARN, for a property that takes no alias (CloudWatch Logs): `Fn.importValue(…)`. */
    keyExport: (environment: string, dataClass: string): string => `${name}-${environment}-${dataClass}-key-arn`,
    pipelineAlias: `alias/${name}/${PIPELINE_KEY}`,
    volumeAlias: `alias/${name}/ebs-default`,
    controlsAlias: `alias/${name}/controls`,
    /** The key of the guardrails in a member account of an organization, where there is no pipeline's. */
    guardrailsAlias: `alias/${name}/guardrails`,
    deployRole: (environment: string): string => `${name}-${environment}-deploy`,
    executionRole: (environment: string): string => `${name}-${environment}-cfn-exec`,
    /** Reads an environment back, on a schedule. */
    readBackRole: (environment: string): string => `${name}-${environment}-read`,
    /** The trail of an environment's own: CloudTrail asks for a name, so CloudFormation makes none up. */
    environmentTrail: (environment: string): string => `${name}-${environment}-cloudtrail-Audit`,
    /** A role that the bootstrap makes for a service which a block hands work to: a push makes no roles. */
    serviceRole: (environment: string, task: string): string => `${name}-${environment}-service-${task}`,
    /** Of the functions that encrypt by themselves; the policy of their key names it. */
    clientSideRole: (environment: string): string => `${name}-${environment}-client-side`,
    boundary: (environment: string): string => `${name}-${environment}-boundary`,
    pipeline: name,
    /** The log group of what CodePipeline runs by itself; the service gives the name. */
    pipelineLog: `/aws/codepipeline/${name}`,
    recorderRole: (region: string): string => `${name}-recorder-${region}`,
    /** Of the function that mends, and of the documents that AWS Config starts. */
    remediationRole: (region: string): string => `${name}-remediation-${region}`,
    automationRole: (region: string): string => `${name}-automation-${region}`,
    reportGroup: (stage: string): string => `${name}-${stage}`,
    project: (id: string): string => `${name}-${id.toLowerCase()}`,
    pipelineRole: `${name}-pipeline-service`,
    buildPolicy: (purpose: string): string => `${name}-pipeline-builds-${purpose}`,
    /** What CloudFormation may do for the blocks of an environment; under a name that its boundary protects. */
    blocksPolicy: (environment: string, part: number): string => `${name}-pipeline-${environment}-blocks-${part}`,
    buildRole: (purpose: string): string => `${name}-pipeline-${purpose}`,
    /** What comparing the blocks of an environment with their templates reads. */
    readPolicy: (environment: string, part: number): string => `${name}-pipeline-${environment}-read-${part}`,
    /** A name no build role can have: an environment has no dot in its name. */
    githubRole: (environment: string): string => `${name}-pipeline-github.${environment}`,
    assetsBucket: (account: string, region: string): string => `${name}-assets-${account}-${region}`,
    versionParameter: `/${name}/bootstrap/version`,
    /**
     * How the names begin that CloudFormation gives to what an environment's stacks make. It shortens long names from the
     * right; S3 leaves room for 24 characters of the stack's name.
     */
    prefix: (environment: string): string => `${name}-${environment}-`.slice(0, 24),
    /** The bootstrap's own stacks, which no role of the pipeline may touch. */
    bootstrapStack: `${name}-bootstrap`,
    environmentStack: (environment: string): string => `${name}-bootstrap-${environment}`,
    /** The keys that the configuration declares beside those of the data classes. */
    keysStack: (environment: string): string => `${name}-bootstrap-keys-${environment}`,
    githubStack: `${name}-bootstrap-github`,
    guardrailsStack: `${name}-guardrails`,
    controlsStack: `${name}-controls`,
    /** Export of the ARN of the topic of what watches an account. */
    alertsExport: `${name}-alerts-topic-arn`,
    remediationStack: `${name}-remediation`,
    /** The role of a function of the controls; roles are global, the functions are not. */
    controlsRole: (fn: string, region: string): string => `${name}-controls-${fn}-${region}`,
    pipelineStack: `${name}-pipeline`,
    organizationStack: `${name}-organization`,
    /** The key and the bucket of the function of an organization's rule, in the delegated administrator's account. */
    organizationAlias: `alias/${name}/organization`,
    organizationBucket: (account: string, region: string): string => `${name}-org-assets-${account}-${region}`,
    buildsStack: (environment: string): string => `${name}-pipeline-${environment}`,
  } as const;
}

/** The names under which the bootstrap exports the keys of an environment. */
export const keyExports = (
  { name, dataClasses, keys }: Pick<Config, 'name' | 'dataClasses' | 'keys'>,
  environment: string,
): string[] => {
  const declared = Object.entries(keys.declared).filter(([, one]) => one.environments?.includes(environment) ?? true);
  return [...Object.keys(dataClasses), ...declared.map(([key]) => key)].map((key) =>
    names(name).keyExport(environment, key),
  );
};

/** Whether a stack belongs to an organization (`bootstrap/organization.ts`), and to no account by itself. */
export const isOrganizationStack = (stackName: string): boolean =>
  /-organization(-policies|-assets|-rules)?$/.test(stackName);
