import { App, type AppProps, type IPolicyValidationPlugin, Validations } from 'aws-cdk-lib';
import cdkJson from '../cdk.json';
import type { Config } from './config';
import { EnvironmentStage } from './environments';
import { awsSolutions } from './nag';

/** What may differ from one synthesis to the next. */
export interface BuildAppProps {
  /** Where the assembly goes. Default: where the CDK command line wants it, else `cdk.out`. */
  readonly outdir?: string;
  /** Validation plugins beside cdk-nag's AWS Solutions pack. */
  readonly plugins?: readonly IPolicyValidationPlugin[];
}

/** The CDK app of all environments, in their order of promotion. Nothing is synthesized until `.synth()`. */
export function buildApp(config: Config, props: BuildAppProps = {}): App {
  const app = new App(appProps(props));
  for (const environment of config.environments) new EnvironmentStage(app, config, environment);
  Validations.of(app).addPlugins(awsSolutions(app), ...(props.plugins ?? []));
  return app;
}

/**
 * The settings both apps share. The feature flags are those of `cdk.json`, so that a synthesis by the CDK command
 * line, by `cipherline` and in a test gives the same templates.
 */
export function appProps({ outdir }: Pick<BuildAppProps, 'outdir'>): AppProps {
  return { context: cdkJson.context, analyticsReporting: false, ...(outdir ? { outdir } : {}) };
}
