/** The beginnings of the names of regions outside of `aws`, the longer ones first. */
const beginnings: readonly (readonly [beginning: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-iso-', 'aws-iso'],
];

/**
 * The partition of a region, by its name: `aws`, `aws-cn` …; a test holds it to what the CDK knows.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export const partitionOf = (region: string): string =>
  beginnings.find(([beginning]) => region.startsWith(beginning))?.[1] ?? 'aws';
