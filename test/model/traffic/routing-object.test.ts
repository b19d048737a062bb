import { entriesOver, overForeign } from '../../../model/traffic/routing-object';

const own = { isOurs: (entry: object) => 'weight' in entry, over: overForeign(['weight']) };
const over = (live: object[], ...wanted: { weight: number }[]) => entriesOver(live, wanted as never, own);

describe('our entries in a list that others write too', () => {
  test('entries of others keep their place', () => {
    const [before, after] = [{ id: 'before' }, { id: 'after' }];
    expect(over([before, { weight: 1 }, after], { weight: 2 })).toEqual([before, { weight: 2 }, after]);
    expect(over([before, { weight: 1 }, after], { weight: 2 }, { weight: 3 })).toEqual([
      before,
      { weight: 2 },
      { weight: 3 },
      after,
    ]);
    expect(over([before], { weight: 2 })).toEqual([{ weight: 2 }, before]);
    expect(entriesOver('x', [{ weight: 2 }], own)).toEqual([{ weight: 2 }]);
  });

  test('they are paired from the end, and new ones in front get what was added to the last but its name', () => {
    const split = { name: 'mine', fault: 'x', weight: 1 };
    expect(over([split], { weight: 2 }, { weight: 3 })).toEqual([
      { fault: 'x', weight: 2 },
      { name: 'mine', fault: 'x', weight: 3 },
    ]);
    const both = [{ fault: 'y', weight: 5 }, split];
    expect(over(both, { weight: 2 }, { weight: 3 })).toEqual([
      { fault: 'y', weight: 2 },
      { ...split, weight: 3 },
    ]);
    expect(over(both, { weight: 4 })).toEqual([{ ...split, weight: 4 }]);
  });

  test('fields of ours that are not wanted any more go', () => {
    const fields = { isOurs: own.isOurs, over: overForeign(['weight', 'timeout']) };
    expect(entriesOver([{ weight: 1, timeout: '5s' }], [{ weight: 2 }], fields)).toEqual([{ weight: 2 }]);
  });
});
