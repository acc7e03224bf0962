import { actions, type Execution } from './execution';
import { serviceLinkedRole } from './service-roles';

export const opensearch: Execution = {
  keysThrough: ['es'],
  statements: (at) => [
    at.allow(
      'SearchDomains',
      actions(
        'es',
        'AddTags',
        'CreateDomain',
        'DeleteDomain',
        'DescribeDomain',
        'DescribeDomainChangeProgress',
        'ListTags',
        'RemoveTags',
        'UpdateDomainConfig',
        'UpgradeDomain',
      ),
      [at.arn('es', `domain/${at.prefix}*`)],
    ),
    serviceLinkedRole(
      at,
      'SearchServiceRole',
      'opensearchservice.amazonaws.com',
      'AWSServiceRoleForAmazonOpenSearchService',
    ),
  ],
};
