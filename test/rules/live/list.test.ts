import { keyProperties } from '../../../rules/live/keys';
import { listedElsewhere, listedTypes } from '../../../rules/live/list';
import { readers } from '../../../rules/live/readers';
import { listTypes } from '../../../rules/live/table';
import { catalogue } from '../../../rules/services';

test('every type in which a directive demands a key can be listed, or the table says that it cannot', () => {
  for (const type of keyProperties(catalogue).keys()) {
    const byItsService = listedTypes.includes(type) || type in listedElsewhere;
    expect({ type, listed: byItsService || type in listTypes }).toEqual({ type, listed: true });
    // What has a reader is listed as it takes it: Cloud Control may know it by another id.
    if (type in readers) expect({ type, readable: byItsService }).toEqual({ type, readable: true });
  }
  for (const type of listedTypes) expect(Object.keys(readers)).toContain(type);
});
