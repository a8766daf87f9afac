import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { CP437 } from '../../emulator/devices/display/cp437';
import { cp437Font } from '../../scripts/fonts/vga';

const font = cp437Font();

const picture = (code: number): string[] =>
  Array.from(font.subarray(code * 16, code * 16 + 16), (row) =>
    row.toString(2).padStart(8, '0').replaceAll('0', '.').replaceAll('1', '#'),
  );

describe('code page 437', () => {
  it('agrees with iconv for every code that is a character', function () {
    const codes = [...CP437.keys()].filter((code) => code >= 0x20 && code !== 0x7f);
    const iconv = spawnSync('iconv', ['-f', 'CP437', '-t', 'UTF-16LE'], { input: Uint8Array.from(codes) });
    if (iconv.error !== undefined) this.skip();
    const expected = Array.from(iconv.stdout.toString('utf16le'), (char) => char.codePointAt(0));
    assert.deepEqual(
      codes.map((code) => CP437[code]),
      expected,
    );
  });

  it('has the graphics of the control codes', () => {
    assert.equal(CP437.length, 256);
    assert.equal(String.fromCodePoint(CP437[0x01], CP437[0x0d], CP437[0x1f], CP437[0x7f]), '☺♪▼⌂');
    assert.equal(new Set(CP437).size, 255, 'only 00h and 20h look alike');
  });
});

describe('VGA font', () => {
  it('has 256 glyphs of 16 rows', () => assert.equal(font.length, 4096));

  it('draws A upright, with the leftmost column in bit 7', () => {
    assert.deepEqual(picture(0x41).slice(4, 11), [
      '...##...',
      '..#..#..',
      '..#..#..',
      '.#....#.',
      '.#....#.',
      '.######.',
      '.#....#.',
    ]);
  });

  it('joins box lines and blocks from cell to cell', () => {
    assert.ok(picture(0xdb).every((row) => row === '########'));
    assert.equal(new Set(picture(0xba)).size, 1, 'a vertical double line is the same in every row');
    assert.ok(picture(0xcd).includes('########'));
    assert.deepEqual(
      picture(0xdc).slice(0, 8),
      Array.from({ length: 8 }, () => '........'),
    );
  });

  it('leaves only blanks blank', () => {
    const blank = [...CP437.keys()].filter((code) => picture(code).every((row) => row === '........'));
    assert.deepEqual(blank, [0x00, 0x20, 0xff]);
  });
});
