import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';

export interface EncryptionDirectivesOptions {
  /** How much is demanded; `default` unless told. */
  readonly profile?: 'encrypted' | 'customer-key' | 'default';
  /** The clock by which waivers expire; now unless told. */
  readonly today?: Date;
}

/** The encryption directives as a CDK validation plugin: `Validations.of(app).addPlugins(new EncryptionDirectives())`. */
export declare class EncryptionDirectives implements IPolicyValidationPlugin {
  readonly name: string;
  constructor(options?: EncryptionDirectivesOptions);
  validate(context: IPolicyValidationContext): PolicyValidationPluginReport;
}

/** The rule name of the `info` finding that proves the plugin ran. */
export declare const heartbeat: string;
