import { customerKey, notSwitchedOn, service } from './shared';

const source = 'https://docs.aws.amazon.com/location/latest/developerguide/encryption-at-rest.html';

export const geofenceCustomerKey = customerKey({
  id: 'location-geofence-collection-customer-key',
  type: 'AWS::Location::GeofenceCollection',
  title: 'Geofence collections encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The shapes of geofences, homes and sites among them, are encrypted under a key AWS owns and you cannot audit unless you add yours.',
  source,
});
export const trackerCustomerKey = customerKey({
  id: 'location-tracker-customer-key',
  type: 'AWS::Location::Tracker',
  title: 'Location trackers encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'Device positions are movements of people; a second layer under your own key leaves a trace of every decryption and can be revoked.',
  source,
});
export const trackerGeospatialQueries = notSwitchedOn({
  id: 'location-tracker-no-geospatial-queries',
  type: 'AWS::Location::Tracker',
  title: 'Location trackers keep no copy of positions outside your key',
  path: 'KmsKeyEnableGeospatialQueries',
  tier: 'customer-key',
  severity: 'warning',
  why: 'For bounding polygon queries the service stores a representation of device positions that your key does not encrypt.',
  source: 'https://docs.aws.amazon.com/location/latest/developerguide/list-device-positions.html',
});

export const location = service([geofenceCustomerKey, trackerCustomerKey, trackerGeospatialQueries]);
