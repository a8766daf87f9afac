import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Digest } from '../../../emulator/state/digest';
import { ImageDevice } from '../../../emulator/storage/image-device';
import { type BlockSource, MemorySource } from '../../../emulator/storage/block-source';
import { Overlay, OVERLAY_BLOCK_BYTES, type OverlayState } from '../../../emulator/storage/overlay';

const digestOf = (overlay: Overlay): string => {
  const digest = new Digest();
  overlay.digest(digest);
  return digest.hex();
};

const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

describe('Overlay', () => {
  it('behaves as plain bytes do, whatever is written, saved and loaded, and never writes the image', () => {
    const LENGTH = 40_000;
    const action = fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        offset: fc.nat(LENGTH - 1),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 9000 }),
      }),
      fc.record({ kind: fc.constant('save' as const) }),
      fc.record({ kind: fc.constant('load' as const), which: fc.nat(20) }),
      fc.record({ kind: fc.constant('reset' as const) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const image = pattern(LENGTH);
        const overlay = new Overlay(new MemorySource(image));
        const size = overlay.length;
        let model = new Uint8Array(size);
        model.set(image);
        const saves: { state: OverlayState; bytes: Uint8Array; digest: string; dirty: readonly number[] }[] = [];
        for (const step of actions) {
          if (step.kind === 'write') {
            const bytes = step.bytes.subarray(0, Math.min(step.bytes.length, size - step.offset));
            overlay.write(step.offset, bytes);
            model.set(bytes, step.offset);
          } else if (step.kind === 'save') {
            saves.push({
              state: overlay.save(),
              bytes: model.slice(),
              digest: digestOf(overlay),
              dirty: overlay.dirtyBlocks(),
            });
          } else if (step.kind === 'load') {
            const saved = saves[step.which % Math.max(1, saves.length)];
            if (saved === undefined) continue;
            overlay.load(saved.state);
            model = saved.bytes.slice();
            assert.equal(digestOf(overlay), saved.digest);
            assert.deepEqual(overlay.dirtyBlocks(), saved.dirty);
          } else {
            overlay.reset();
            model = new Uint8Array(size);
            model.set(image);
          }
          assert.deepEqual(overlay.read(0, size), model);
          assert.equal(overlay.bytesHeld, overlay.dirtyBlocks().length * OVERLAY_BLOCK_BYTES);
        }
        assert.deepEqual(image, pattern(LENGTH));
      }),
      { numRuns: 150 },
    );
  });

  it('changes its digest with every single byte written, and gives equal states equal digests', () => {
    const image = pattern(3 * OVERLAY_BLOCK_BYTES);
    const one = new Overlay(new MemorySource(image));
    const other = new Overlay(new MemorySource(image));
    const seen = new Set([digestOf(one)]);
    for (let i = 0; i < 60; i++) {
      const offset = (i * 997) % image.length;
      for (const overlay of [one, other]) overlay.write(offset, Uint8Array.of(one.read(offset, 1)[0] ^ 0x55));
      other.write(offset, one.read(offset, 1));
      assert.equal(digestOf(one), digestOf(other));
      seen.add(digestOf(one));
    }
    assert.equal(seen.size, 61);
  });

  it('shares what saved states have in common', () => {
    const overlay = new Overlay(new MemorySource(new Uint8Array(64 * OVERLAY_BLOCK_BYTES)));
    for (let i = 0; i < 64; i++) overlay.write(i * OVERLAY_BLOCK_BYTES, Uint8Array.of(1));
    const before = overlay.save();
    overlay.write(0, Uint8Array.of(2));
    const after = overlay.save();
    assert.notEqual(before.tree, after.tree);
    const blocks = (state: OverlayState) => (state.tree as unknown as { children: unknown[] }).children;
    const shared = blocks(before).filter((block, i) => block !== undefined && block === blocks(after)[i]);
    assert.equal(shared.length, 63);
  });

  it('reads zeros past the image, in the cut last sector and up to the length that the medium has', () => {
    const overlay = new Overlay(new MemorySource(Uint8Array.of(1, 2, 3)), 2000);
    assert.equal(overlay.length, 2048);
    assert.deepEqual([...overlay.read(0, 5)], [1, 2, 3, 0, 0]);
    assert.equal(new Overlay(new MemorySource(new Uint8Array(513))).length, 1024);
    overlay.write(2047, Uint8Array.of(9));
    assert.deepEqual([...overlay.read(0, 4)], [1, 2, 3, 0]);
    assert.equal(overlay.read(2047, 1)[0], 9);
  });

  it('works far into a large image without reading it', () => {
    let reads = 0;
    const terabyte: BlockSource = {
      length: 2 ** 40,
      read: (_offset, length) => {
        reads += length;
        return new Uint8Array(length);
      },
    };
    const overlay = new Overlay(terabyte);
    overlay.write(2 ** 40 - 1, Uint8Array.of(7));
    assert.equal(overlay.read(2 ** 40 - 1, 1)[0], 7);
    assert.deepEqual(overlay.dirtyBlocks(), [2 ** 28 - 1]);
    assert.equal(reads, OVERLAY_BLOCK_BYTES);
  });

  it('refuses an empty image, what lies outside, and a source that gives too little', () => {
    assert.throws(() => new Overlay(new MemorySource(new Uint8Array(0))), /empty \(0 bytes\)/);
    const overlay = new Overlay(new MemorySource(new Uint8Array(512)));
    assert.throws(() => overlay.read(510, 3), /outside of a medium of 512 bytes/);
    assert.throws(() => overlay.write(-1, Uint8Array.of(1)), RangeError);
    const short = new Overlay({ length: 1024, read: () => new Uint8Array(3) });
    assert.throws(() => short.read(0, 512), /gave 3 bytes at 0 instead of 512/);
  });
});

describe('ImageDevice', () => {
  const geometry = { cylinders: 1, heads: 1, sectorsPerTrack: 2 };

  it('reads and writes whole sectors inside of the medium only', () => {
    const device = new ImageDevice(new Overlay(new MemorySource(pattern(1024))), geometry);
    assert.equal(device.sectors, 2);
    device.write(1, new Uint8Array(512).fill(3));
    assert.deepEqual(device.read(1, 1), new Uint8Array(512).fill(3));
    assert.deepEqual(device.read(0, 1), pattern(1024).slice(0, 512));
    assert.throws(() => device.read(1, 2), RangeError);
    assert.throws(() => device.read(0.5, 1), RangeError);
    assert.throws(() => device.write(0, new Uint8Array(100)), RangeError);
    const locked = new ImageDevice(new Overlay(new MemorySource(pattern(1024))), geometry, true);
    assert.throws(() => locked.write(0, new Uint8Array(512)), /write-protected/);
  });

  it('holds no more than it may, and loses nothing of it', () => {
    const source = { length: 1 << 20, read: (_: number, length: number) => new Uint8Array(length) };
    const overlay = new Overlay(source, source.length, 5 * OVERLAY_BLOCK_BYTES);
    const block = new Uint8Array(OVERLAY_BLOCK_BYTES).fill(7);
    for (const n of [0, 1, 2]) overlay.write(n * OVERLAY_BLOCK_BYTES, block);
    assert.throws(() => overlay.write(3 * OVERLAY_BLOCK_BYTES, block), /No more than 20480 bytes/);
    assert.deepEqual(overlay.dirtyBlocks(), [0, 1, 2]);
    assert.deepEqual(overlay.read(2 * OVERLAY_BLOCK_BYTES, OVERLAY_BLOCK_BYTES), block);
  });
});
