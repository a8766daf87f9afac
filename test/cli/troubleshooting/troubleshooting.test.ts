/** Each message of docs/troubleshooting.md is provoked, and said as the page has it. What VS Code says: test/extension. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { inRoot } from '../../../scripts/lib/root';
import { Stepback } from '../../support/stepback';
import { hasTool } from '../../support/tools';
import { assertSays, messagesOf, sectionsOf } from '../../support/troubleshooting';
import { IMAGES, OPTIONS } from './images';
import { Lab, type Provocations } from './lab';
import { ATTACH_OPTIONS, ATTACHING, RUNS } from './runs';
import { BUILDING, LINES } from './sources';

const PAGE = readFileSync(inRoot('docs', 'troubleshooting.md'), 'utf8');
const SECTIONS: Readonly<Record<string, Provocations>> = {
  Options: { ...OPTIONS, ...ATTACH_OPTIONS },
  Images: IMAGES,
  Building: BUILDING,
  'Lines and breakpoints': LINES,
  'When the run stops': RUNS,
  'Attach and GDB': ATTACHING,
};
const IN_VSCODE = 'Starting in VS Code';

describe('troubleshooting', function () {
  this.timeout(60_000);
  let lab: Lab;

  before(async function () {
    if (!hasTool('nasm') || !hasTool('ld')) this.skip();
    lab = new Lab(await Stepback.build());
  });
  afterEach(() => lab?.end());
  after(() => lab?.stepback.dispose());

  it('has every section of the page', () => {
    assert.deepEqual(sectionsOf(PAGE), [IN_VSCODE, ...Object.keys(SECTIONS)]);
  });

  for (const [section, provocations] of Object.entries(SECTIONS)) {
    describe(section, () => {
      it('provokes what the page has, and no more', () => {
        assert.deepEqual(Object.keys(provocations).toSorted(), messagesOf(PAGE, section).toSorted());
      });
      for (const [message, provoke] of Object.entries(provocations))
        it(message, async () => assertSays(message, await provoke(lab)));
    });
  }
});
