import { keyProperties } from '../../../rules/live/keys';
import { listedByIdentifier, listedElsewhere, listedTypes } from '../../../rules/live/list';
import { readers } from '../../../rules/live/readers';
import { listTypes } from '../../../rules/live/table';
import { catalogue } from '../../../rules/services';

test('every type in which a directive demands a key can be listed, or the table says that it cannot', () => {
  for (const type of keyProperties(catalogue).keys()) {
    const byItsService = listedTypes.includes(type) || type in listedElsewhere;
    expect({ type, listed: byItsService || type in listTypes }).toEqual({ type, listed: true });
    // What has a reader takes the reader's own ids, which Cloud Control gives of a few alone.
    const byItsId = listedByIdentifier.includes(type) && type in listTypes;
    if (type in readers) expect({ type, readable: byItsService || byItsId }).toEqual({ type, readable: true });
  }
  for (const type of [...listedTypes, ...listedByIdentifier]) expect(Object.keys(readers)).toContain(type);
});
