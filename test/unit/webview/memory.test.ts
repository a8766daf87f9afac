/** The parts of the Memory panel's page that know no elements. */
import { strict as assert } from 'node:assert';
import { inspect } from '../../../extension/webview/memory/inspector';
import { keyAction } from '../../../extension/webview/memory/keys';
import { Look } from '../../../extension/webview/memory/look';
import { Rows } from '../../../extension/webview/memory/rows';
import { chosen, moved, type Selection } from '../../../extension/webview/memory/selection';
import { BLOCK, ByteStore } from '../../../extension/webview/memory/store';
import { pastedHex, typedText, unitBytes, unitText } from '../../../extension/webview/memory/text';

const SPACES = {
  spaces: [
    { id: 'linear', title: 'linear memory', addressBits: 32 },
    { id: 'io', title: 'I/O ports', addressBits: 16 },
    { id: 'wide', title: 'memory of 64 bits', addressBits: 64 },
  ],
};

/** A block that holds the same byte everywhere. */
const filled = (value: number): readonly { offset: number; bytes: Uint8Array }[] => [
  { offset: 0, bytes: new Uint8Array(BLOCK).fill(value) },
];

describe('the bytes that a memory view has seen', () => {
  it('are asked for once a stop, in whole blocks, and only where they are missing', () => {
    const store = new ByteStore();
    assert.deepEqual(store.missing('linear', 0x7c10n, 0x7e0fn), { address: 0x7c00n, length: 3 * BLOCK });
    store.put('linear', 0x7c00n, 2 * BLOCK, [{ offset: 0, bytes: new Uint8Array(2 * BLOCK) }]);
    assert.deepEqual(store.missing('linear', 0x7c10n, 0x7e0fn), { address: 0x7e00n, length: BLOCK });
    assert.equal(store.missing('linear', 0x7c10n, 0x7dffn), undefined);
    assert.deepEqual(store.missing('physical', 0x7c10n, 0x7c10n), { address: 0x7c00n, length: BLOCK });
    store.nextStop();
    assert.deepEqual(store.missing('linear', 0x7c10n, 0x7dffn), { address: 0x7c00n, length: 2 * BLOCK });
  });

  it('are marked where they differ from the stop before, and nowhere else', () => {
    const store = new ByteStore();
    store.put('linear', 0n, BLOCK, filled(1));
    store.nextStop();
    assert.deepEqual(store.at('linear', 5n), { value: 1, changed: false }, 'shown as it was until it is read');
    const bytes = new Uint8Array(BLOCK).fill(1);
    bytes[5] = 2;
    store.put('linear', 0n, BLOCK, [{ offset: 0, bytes }]);
    assert.deepEqual(
      [store.at('linear', 5n), store.at('linear', 6n)],
      [
        { value: 2, changed: true },
        { value: 1, changed: false },
      ],
    );
    // A block that was not looked at then has nothing to be compared with.
    store.put('linear', 0x100n, BLOCK, filled(9));
    assert.equal(store.at('linear', 0x105n)?.changed, false);
    store.nextStop();
    store.put('linear', 0n, BLOCK, [{ offset: 0, bytes }]);
    assert.equal(store.at('linear', 5n)?.changed, false, 'a stop later it is old');
  });

  it('are compared with the last stop that was seen, where steps follow each other too quickly', () => {
    const store = new ByteStore();
    store.put('linear', 0n, BLOCK, filled(1));
    store.nextStop();
    store.nextStop();
    store.put('linear', 0n, BLOCK, filled(2));
    assert.deepEqual(store.at('linear', 0n), { value: 2, changed: true });
  });

  it('of a person count as changes, too', () => {
    const store = new ByteStore();
    store.put('linear', 0n, BLOCK, filled(1));
    store.nextStop();
    store.put('linear', 0n, BLOCK, filled(1));
    store.changed();
    assert.deepEqual(store.missing('linear', 0n, 0n), { address: 0n, length: BLOCK });
    store.put('linear', 0n, BLOCK, filled(3));
    assert.deepEqual(store.at('linear', 0n), { value: 3, changed: true });
  });

  it('may be missing in the middle', () => {
    const store = new ByteStore();
    store.put('io', 0n, BLOCK, [
      { offset: 0, bytes: Uint8Array.of(1, 2) },
      { offset: 4, bytes: Uint8Array.of(5) },
    ]);
    const values = [0n, 1n, 2n, 3n, 4n, 5n].map((address) => store.at('io', address)?.value);
    assert.deepEqual(values, [1, 2, undefined, undefined, 5, undefined]);
    assert.equal(store.at('io', 0x100n), undefined, 'not known yet');
  });
});

describe('the rows of a memory view', () => {
  const all = { first: 0n, last: 0xffff_ffffn };

  it('end where the space ends', () => {
    const rows = new Rows(all, 16, 10, 0xffff_ffffn);
    assert.equal(rows.top, 0xffff_ff60n);
    assert.equal(rows.bottom, 0xffff_ffffn);
    rows.scrollBy(-1);
    assert.deepEqual([rows.top, rows.bottom], [0xffff_ff50n, 0xffff_ffffn]);
    rows.scrollBy(-1_000_000_000);
    assert.equal(rows.top, 0n);
  });

  it('are counted from the beginning of a segment', () => {
    const rows = new Rows({ first: 0x1_2340n, last: 0x2_233fn }, 16, 4, 0x1_2357n);
    assert.equal(rows.top, 0x1_2350n);
    const odd = new Rows({ first: 0x1_2344n, last: 0x2_2343n }, 16, 4, 0x1_2357n);
    assert.equal(odd.top, 0x1_2354n);
  });

  it('come and go no farther than is needed to see an address', () => {
    const rows = new Rows(all, 16, 4, 0x100n);
    rows.reveal(0x13fn);
    assert.equal(rows.top, 0x100n);
    rows.reveal(0x140n);
    assert.equal(rows.top, 0x110n);
    rows.reveal(0xff0n);
    assert.equal(rows.top, 0xfc0n);
    rows.reveal(0x20n);
    assert.equal(rows.top, 0x20n);
  });

  it('can be dragged through, to both ends, also in 64 bits', () => {
    const rows = new Rows(
      new Look('wide', SPACES, { space: 'wide', address: 0n, segment: undefined }).bounds,
      16,
      4,
      0n,
    );
    rows.scrollToPosition(1);
    assert.equal(rows.bottom, 2n ** 64n - 1n);
    assert.equal(rows.scroll.position, 1);
    rows.scrollToPosition(0.5);
    assert.ok(Math.abs(rows.scroll.position - 0.5) < 1e-6);
    rows.scrollToPosition(-3);
    assert.equal(rows.top, 0n);
  });

  it('of a space that fits stand still', () => {
    const rows = new Rows({ first: 0n, last: 31n }, 16, 10, 20n);
    assert.deepEqual([rows.top, rows.bottom, rows.scroll.share], [0n, 31n, 1]);
  });
});

describe('what a memory view looks at', () => {
  const place = { space: 'linear', address: 0xb8123n, segment: undefined };

  it('is written as its space has it', () => {
    assert.equal(new Look('linear', SPACES, place).text(0x7c00n), '00007C00');
    assert.equal(new Look('io', SPACES, place).text(0x60n), '0060');
  });

  it('is a segment: the one that was named, else the one of 64 KiB', () => {
    const segment = { selector: 0xb800n, base: 0xb8000n };
    const named = new Look('segmented', SPACES, { ...place, segment });
    assert.deepEqual([named.text(0xb8123n), named.bounds], ['B800:0123', { first: 0xb8000n, last: 0xc7fffn }]);
    const own = new Look('segmented', SPACES, place);
    assert.deepEqual([own.text(0xb8123n), own.bounds], ['B000:8123', { first: 0xb0000n, last: 0xbffffn }]);
    // No segment of real mode reaches there.
    assert.equal(new Look('segmented', SPACES, { ...place, address: 0x100_0000n }).text(0n), '00000000');
  });
});

describe('the chosen bytes of a memory view', () => {
  const rows = (): Rows => new Rows({ first: 0n, last: 0xffffn }, 16, 4, 0x100n);
  const at = (head: bigint): Selection => ({ pane: 'hex', anchor: head, head });

  it('move by the keys, and stay within the space', () => {
    const move = (from: bigint, by: Parameters<typeof moved>[2], unit = 1): bigint =>
      moved(at(from), rows(), by, false, unit).head;
    assert.deepEqual(
      [move(0x105n, 'left'), move(0x105n, 'right'), move(0x105n, 'up'), move(0x105n, 'down')],
      [0x104n, 0x106n, 0xf5n, 0x115n],
    );
    assert.deepEqual(
      [move(0x105n, 'rowStart'), move(0x105n, 'rowEnd'), move(0x105n, 'pageDown')],
      [0x100n, 0x10fn, 0x145n],
    );
    assert.deepEqual(
      [move(0x104n, 'right', 4), move(0x104n, 'rowEnd', 4), move(0x104n, 'last', 4)],
      [0x108n, 0x10cn, 0xfffcn],
    );
    assert.deepEqual([move(0n, 'left'), move(5n, 'up'), move(0xffffn, 'down')], [0n, 0n, 0xffffn]);
  });

  it('grow with Shift, in both directions, by whole numbers', () => {
    const down = moved(at(0x104n), rows(), 'down', true, 2);
    assert.deepEqual(chosen(down, 2, rows()), { first: 0x104n, last: 0x115n });
    const back = moved(moved(at(0x104n), rows(), 'left', true, 2), rows(), 'left', true, 2);
    assert.deepEqual(chosen(back, 2, rows()), { first: 0x100n, last: 0x105n });
  });
});

describe('keys on the bytes', () => {
  const press = (key: string, more: Partial<Parameters<typeof keyAction>[1]> = {}, pane: 'hex' | 'text' = 'hex') =>
    keyAction(pane, { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

  it('are digits among the numbers and characters in the text', () => {
    assert.deepEqual(press('f'), { kind: 'type', text: 'f' });
    assert.equal(press('g'), undefined);
    assert.deepEqual(press('g', {}, 'text'), { kind: 'type', text: 'g' });
    assert.deepEqual(press(' ', {}, 'text'), { kind: 'type', text: ' ' });
  });

  it("leave VS Code what is VS Code's", () => {
    assert.equal(press('F10'), undefined);
    assert.equal(press('Tab'), undefined);
    assert.equal(press('a', { ctrlKey: true }), undefined);
    assert.equal(press('ArrowLeft', { altKey: true }), undefined);
    assert.deepEqual(press('Home', { ctrlKey: true, shiftKey: true }), { kind: 'move', move: 'first', extend: true });
    assert.deepEqual(press('g', { metaKey: true }), { kind: 'ask' });
  });
});

describe('bytes as text', () => {
  it('are numbers in the order of the machine, and back', () => {
    assert.equal(unitText([0x55, 0xaa], 'little'), 'AA55');
    assert.equal(unitText([0x55, 0xaa], 'big'), '55AA');
    assert.equal(unitText([0x55, undefined, null, 0x12], 'little'), '12  ??55');
    assert.deepEqual([...unitBytes('AA55', 2, 'little')], [0x55, 0xaa]);
    assert.deepEqual([...unitBytes('5', 4, 'little')], [5, 0, 0, 0]);
    assert.deepEqual([...unitBytes('5', 2, 'big')], [0, 5]);
  });

  it('are pasted as people and tools write them', () => {
    for (const text of [
      '33 C0 8e d8',
      '33c08ed8',
      '0x33, 0xC0, 0x8E, 0xD8',
      '33h,0C0h,8Eh,0D8h',
      '\\x33 \\xc0 \\x8e \\xd8',
    ])
      assert.deepEqual([...(pastedHex(text) ?? [])], [0x33, 0xc0, 0x8e, 0xd8], text);
    for (const text of ['3', 'hello', '33 C', ''] as const) assert.equal(pastedHex(text), undefined, text);
  });

  it('have no characters beyond one byte', () => {
    assert.deepEqual([...(typedText('aé') ?? [])], [0x61, 0xe9]);
    assert.equal(typedText('€'), undefined);
  });

  it('are told as numbers of each size', () => {
    const told = (bytes: readonly number[], count = 1) =>
      inspect(bytes, count, 'little', undefined).map(({ title, text }) => `${title} ${text}`);
    assert.deepEqual(told([0x41, 0xff, 0, 0x80]), [
      "byte 41h  65  'A'",
      'word FF41h  65345  -191',
      'dword 8000FF41h  2147548993  -2147418303',
    ]);
    assert.deepEqual(told([0x41], 3), ['chosen 3 bytes', "byte 41h  65  'A'"]);
    const found = { space: 'io', address: '0x3F8', text: '0x3F8', region: 'com1' };
    assert.equal(inspect([0], 1, 'little', found)[0]?.text, '0x3F8  com1');
  });
});
