import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { renewContributes } from '../../scripts/contributes';
import { OWN_LANGUAGES } from '../../scripts/contributes/languages';
import { inRoot } from '../../scripts/lib/root';

interface Contributes {
  readonly icons?: unknown;
  readonly grammars: readonly { readonly language: string; readonly scopeName: string; readonly path: string }[];
  readonly languages: readonly { readonly id: string; readonly extensions: readonly string[] }[];
  readonly debuggers: readonly {
    readonly type: string;
    readonly label?: string;
    readonly languages?: readonly string[];
    readonly configurationAttributes?: { readonly launch: { readonly properties: Readonly<Record<string, unknown>> } };
  }[];
}

const renew = (before: object): Contributes => renewContributes({ ...before }) as unknown as Contributes;

describe('the contributes block', () => {
  it('keeps what is written by hand', () => {
    const before = { icons: { x: {} }, debuggers: [{ type: 'other' }, { type: 'stepback', label: 'L' }] };
    const after = renew(before);
    assert.deepEqual(after.icons, before.icons);
    assert.deepEqual(after.debuggers[0], { type: 'other' });
    assert.equal(after.debuggers[1].label, 'L');
  });

  it('offers the options of a launch', () => {
    const [{ configurationAttributes }] = renew({}).debuggers;
    assert.ok(configurationAttributes !== undefined && 'program' in configurationAttributes.launch.properties);
  });

  it('is stable: renewing it twice changes nothing', () => {
    const once = renew({});
    assert.deepEqual(renew(once), once);
  });

  it('makes a changed or missing part visible', () => {
    const whole = renew({});
    assert.notDeepEqual({ ...whole, languages: [] }, renew({ ...whole, languages: [] }));
  });

  it('gives F9 and F5 in each kind of assembly file', () => {
    const { languages, debuggers } = renew({});
    const extensions = languages.flatMap((language) => language.extensions);
    assert.deepEqual(extensions.toSorted(), ['.S', '.asm', '.inc', '.lst', '.nasm', '.s']);
    for (const { id } of languages) assert.ok(debuggers[0].languages?.includes(id), id);
  });

  it('names grammar files that exist', () => {
    for (const { grammar } of OWN_LANGUAGES) {
      if (grammar !== undefined) assert.ok(existsSync(inRoot(grammar.file)), grammar.file);
    }
  });
});
