/** The three answers a directive can give; `waived` is a `fail` or `unknown` that a valid waiver covers. */
export type Answer = 'pass' | 'fail' | 'unknown';
export type VerdictKind = Answer | 'waived';

/** Where in a resource's life the verdict was made. */
export type ControlPoint = 'template' | 'live' | 'config' | 'hook';

/** The resource a verdict is about. */
export interface ResourceId {
  /** Stack name, or the template's path for a template that belongs to no stack. */
  readonly stack: string;
  readonly logicalId: string;
  readonly physicalId?: string;
  /** CloudFormation type, such as `AWS::S3::Bucket`. */
  readonly type: string;
}

/** A place in a source file; line and column count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** CDK construct path, where the assembly carries it. */
  readonly constructPath?: string;
}

/** One directive's judgement of one resource: the only shape that travels from lint to evidence. */
export interface Verdict {
  readonly directive: string;
  readonly resource: ResourceId;
  readonly verdict: VerdictKind;
  readonly controlPoint: ControlPoint;
  /** Property path the verdict rests on, such as `BucketEncryption.ServerSideEncryptionConfiguration.0`. */
  readonly path?: string;
  /** What stood there, in words; secrets are never quoted. */
  readonly found?: string;
  readonly expected?: string;
  readonly reason?: string;
  readonly source?: SourceLocation;
}

/** How many of each verdict. */
export type VerdictCounts = Record<VerdictKind, number>;

/** Counts verdicts by kind. */
export function countVerdicts(verdicts: Iterable<Pick<Verdict, 'verdict'>>): VerdictCounts {
  const counts: VerdictCounts = { pass: 0, fail: 0, unknown: 0, waived: 0 };
  for (const { verdict } of verdicts) counts[verdict] += 1;
  return counts;
}

/** Where an `unknown` of AWS Config is only late, its reason begins so. */
export const RECORDER_LAG = 'recorder lag';

/** Whether a verdict says that AWS Config has not come to it yet, and nothing worse. */
export const isRecorderLag = ({ controlPoint, verdict, reason }: Verdict): boolean =>
  controlPoint === 'config' && verdict === 'unknown' && reason?.startsWith(`${RECORDER_LAG}:`) === true;
