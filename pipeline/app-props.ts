import type { AppProps, IPolicyValidationPlugin } from 'aws-cdk-lib';
import cdkJson from '../cdk.json';

/** What may differ from one synthesis to the next. */
export interface BuildAppProps {
  /** Where the assembly goes. Default: where the CDK command line wants it, else `cdk.out`. */
  readonly outdir?: string;
  /** Validation plugins beside cdk-nag's AWS Solutions pack. */
  readonly plugins?: readonly IPolicyValidationPlugin[];
}

/**
 * The settings both apps share. The feature flags are those of `cdk.json`, so that a synthesis by the CDK command
 * line, by `cipherline` and in a test gives the same templates.
 */
export function appProps({ outdir }: Pick<BuildAppProps, 'outdir'>): AppProps {
  return { context: cdkJson.context, analyticsReporting: false, ...(outdir ? { outdir } : {}) };
}
