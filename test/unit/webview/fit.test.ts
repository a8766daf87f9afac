import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { fit, roomInside } from '../../../extension/webview/display/fit';

const MODES = [
  [720, 400],
  [640, 480],
  [640, 350],
  [320, 200],
  [320, 240],
  [360, 400],
] as const;

describe('the size of the picture in the Display', () => {
  it('is that of a monitor, 4 to 3, in whole multiples one way at least', () => {
    assert.deepEqual(fit({ width: 320, height: 200 }, { width: 700, height: 1000 }, 'monitor'), {
      width: 640,
      height: 480,
      across: 2,
      down: 3,
      exact: false,
    });
    const mode12 = fit({ width: 640, height: 480 }, { width: 1300, height: 1000 }, 'monitor');
    assert.deepEqual(mode12, { width: 1280, height: 960, across: 2, down: 2, exact: true });
    const tall = fit({ width: 320, height: 200 }, { width: 933, height: 700 }, 'monitor');
    assert.deepEqual([tall.width, tall.height, tall.down], [800, 600, 3]);
  });

  it('leaves room for the border', () => {
    const border = { left: 8, right: 8, top: 8, bottom: 8 };
    const room = roomInside({ width: 640, height: 480 }, border, { width: 656, height: 992 });
    assert.deepEqual(room, { width: 640, height: 960 });
    const size = fit({ width: 640, height: 480 }, room, 'monitor');
    assert.deepEqual([size.width, size.height], [640, 480]);
  });

  it('fills the room where a whole multiple would leave much of it empty', () => {
    const wide = fit({ width: 320, height: 200 }, { width: 512, height: 1000 }, 'monitor');
    assert.deepEqual(wide, { width: 512, height: 384, across: 2, down: 2, exact: false });
  });

  it('with square pixels is a whole multiple both ways', () => {
    assert.deepEqual(fit({ width: 320, height: 200 }, { width: 1000, height: 1000 }, 'square'), {
      width: 960,
      height: 600,
      across: 3,
      down: 3,
      exact: true,
    });
  });

  it('always fits the room, keeps its proportion, and has a canvas no smaller than it is shown', () => {
    const side = fc.integer({ min: 1, max: 4000 });
    fc.assert(
      fc.property(fc.constantFrom(...MODES), side, side, fc.boolean(), ([w, h], width, height, isSquare) => {
        const shown = fit({ width: w, height: h }, { width, height }, isSquare ? 'square' : 'monitor');
        assert.ok(shown.width <= width && shown.height <= height);
        assert.ok(shown.across * w >= shown.width && shown.down * h >= shown.height);
        const ratio = isSquare ? w / h : 4 / 3;
        assert.ok(Math.abs(shown.width - shown.height * ratio) <= Math.max(1, ratio));
      }),
      { numRuns: 2000 },
    );
  });
});
