import { RegionInfo } from 'aws-cdk-lib/region-info';
import { partitionOf } from '../../rules/partition';

test.each(RegionInfo.regions.map(({ name, partition }) => [name, partition]))('%s is in %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});
