import { App, Validations } from 'aws-cdk-lib';
import { appProps, type BuildAppProps } from './app-props';
import type { Config } from './config';
import { EnvironmentStage } from './environments';
import { awsSolutions } from './nag';

/** The CDK app of all environments, in their order of promotion. Nothing is synthesized until `.synth()`. */
export function buildApp(config: Config, props: BuildAppProps = {}): App {
  const app = new App(appProps(props));
  for (const environment of config.environments) new EnvironmentStage(app, config, environment);
  Validations.of(app).addPlugins(awsSolutions(app), ...(props.plugins ?? []));
  return app;
}
