import type { Control } from './directive';

const securityHub = (service: string, id: string): string =>
  `https://docs.aws.amazon.com/securityhub/latest/userguide/${service}-controls.html#${id.toLowerCase().replace('.', '-')}`;

/** An AWS Foundational Security Best Practices control, such as `RDS.3`. */
export const fsbp = (id: string): Control => ({
  framework: 'FSBP',
  id,
  source: securityHub(id.split('.')[0]?.toLowerCase() ?? '', id),
});
/** A NIST 800-53 r5 control, as AWS Security Hub maps it for the FSBP control `via`. */
export const nist = (id: string, via: string): Control => ({
  framework: 'NIST-800-53-r5',
  id,
  source: securityHub(via.split('.')[0]?.toLowerCase() ?? '', via),
});
/** A PCI DSS 4.0.1 requirement, as AWS Security Hub maps it for the FSBP control `via`. */
export const pci = (id: string, via: string): Control => ({
  framework: 'PCI-DSS-4.0.1',
  id,
  source: securityHub(via.split('.')[0]?.toLowerCase() ?? '', via),
});
/** A CIS AWS Foundations Benchmark recommendation of the given benchmark version, as Security Hub maps it for `via`. */
export const cis = (version: string, id: string, via: string): Control => ({
  framework: 'CIS-AWS',
  version,
  id,
  source: securityHub(via.split('.')[0]?.toLowerCase() ?? '', via),
});

/** The FSBP control `via` and the NIST controls that Security Hub maps to it where it asks for encryption at rest. */
export const atRest = (via: string): readonly Control[] => [
  fsbp(via),
  nist('SC-13', via),
  nist('SC-28', via),
  nist('SC-28(1)', via),
];
/** The FSBP control `via` and the NIST controls that Security Hub maps to it where it asks for encryption in transit. */
export const inTransit = (via: string): readonly Control[] => [
  fsbp(via),
  nist('SC-8', via),
  nist('SC-8(1)', via),
  nist('SC-13', via),
  nist('SC-23', via),
];
